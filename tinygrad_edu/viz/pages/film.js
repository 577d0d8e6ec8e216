{
  const { frames } = pageData();
  const part = (id) => document.getElementById(id);
  const svg = document.querySelector("#picture svg");
  const boxes = new Map([...svg.querySelectorAll("[data-box]")].map((box) => [box.dataset.box, box]));
  let now = 0;
  let timer = null;

  const paragraph = (text) => {
    const p = document.createElement("p");
    p.textContent = text;
    return p;
  };

  // A line of text, its letters fitted into the width that the layout has for it.
  const writeLine = (text, line, width) => {
    text.textContent = line;
    if (line) text.setAttribute("textLength", width);
    else text.removeAttribute("textLength");
  };

  // The gradients known in picture k: those of all pictures so far.
  const known = (k) => Object.assign({}, ...frames.slice(0, k + 1).map((frame) => frame.gradients));

  function show(k) {
    now = Math.max(0, Math.min(k, frames.length - 1));
    const frame = frames[now];
    const gradients = known(now);
    for (const [key, box] of boxes) {
      const gradient = gradients[key];
      box.querySelectorAll("text.slot").forEach((text, i) => writeLine(text, ...(gradient?.rows[i] ?? ["", 0])));
      box.classList.toggle("now", key === frame.now);
      box.classList.toggle("new", key in frame.gradients);
      box.classList.toggle("not-finite", gradient !== undefined && !gradient.finite);
    }
    part("caption").replaceChildren(...frame.caption.map(paragraph));
    part("place").value = now;
    part("number").textContent = `${now} / ${frames.length - 1}`;
    part("first").disabled = part("back").disabled = now === 0;
    part("last").disabled = part("step").disabled = now === frames.length - 1;
    reveal(boxes.get(frame.now));
    if (now === frames.length - 1) stop();
  }

  // Scrolls the picture, not the page, so far that the box is in it.
  function reveal(box) {
    if (!box) return;
    const view = part("picture");
    const inner = box.getBoundingClientRect();
    const outer = view.getBoundingClientRect();
    if (inner.left < outer.left || inner.right > outer.right) {
      view.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      view.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
    }
  }

  function start() {
    if (now === frames.length - 1) show(0);
    timer = setInterval(() => show(now + 1), 1000 * part("speed").value);
    part("play").textContent = say("Pause");
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    part("play").textContent = say("Play");
  }

  const playOrPause = () => (timer === null ? start() : stop());
  const goTo = (k) => {
    stop();
    show(k);
  };

  part("play").addEventListener("click", playOrPause);
  part("first").addEventListener("click", () => goTo(0));
  part("back").addEventListener("click", () => goTo(now - 1));
  part("step").addEventListener("click", () => goTo(now + 1));
  part("last").addEventListener("click", () => goTo(frames.length - 1));
  part("place").addEventListener("input", () => goTo(Number(part("place").value)));
  part("speed").addEventListener("change", () => {
    if (timer !== null) {
      stop();
      start();
    }
  });

  const keys = {
    " ": playOrPause,
    ArrowLeft: () => goTo(now - 1),
    ArrowRight: () => goTo(now + 1),
    Home: () => goTo(0),
    End: () => goTo(frames.length - 1),
  };
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    const own = event.key === " " ? "button, select, input" : "select, input";
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || target.closest?.(own)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // As large as fits, but never with letters under 12 pixels: then the picture scrolls.
  const { width, height } = svg.viewBox.baseVal;
  function fit() {
    const view = part("picture");
    const others = document.querySelector("main").getBoundingClientRect().bottom + scrollY - view.offsetHeight;
    const room = Math.max(240, innerHeight - others);
    const scale = Math.max(12 / 14, Math.min(1.8, (view.clientWidth - 4) / width, room / height));
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    view.style.maxHeight = `${room}px`;
  }

  addEventListener("resize", fit);
  show(0);
  fit();
}
