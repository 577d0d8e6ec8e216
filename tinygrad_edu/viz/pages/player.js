// The buttons and keys of a film: `show` draws picture k and gives the seconds that it deserves more than others, if any.

function player(count, show, autoplay = false) {
  const part = (id) => document.getElementById(id);
  let now = 0;
  let timer = null;

  const paragraph = (text) => {
    const p = document.createElement("p");
    p.textContent = text;
    return p;
  };

  function go(k) {
    now = Math.max(0, Math.min(k, count - 1));
    part("caption").replaceChildren(...show(now).map(paragraph));
    part("place").value = now;
    part("number").textContent = `${now} / ${count - 1}`;
    part("first").disabled = part("back").disabled = now === 0;
    part("last").disabled = part("step").disabled = now === count - 1;
    if (now === count - 1) stop();
  }

  function start() {
    if (now === count - 1) go(0);
    timer = setInterval(() => go(now + 1), 1000 * part("speed").value);
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
    go(k);
  };

  part("play").addEventListener("click", playOrPause);
  part("first").addEventListener("click", () => goTo(0));
  part("back").addEventListener("click", () => goTo(now - 1));
  part("step").addEventListener("click", () => goTo(now + 1));
  part("last").addEventListener("click", () => goTo(count - 1));
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
    End: () => goTo(count - 1),
  };
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    const own = event.key === " " ? "button, select, input" : "select, input";
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || target.closest?.(own)) return;
    event.preventDefault();
    keys[event.key]();
  });

  go(0);
  if (autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches) start();
}

// As large as fits, but never with letters under some pixels: then the picture scrolls, sideways before downwards.
function fitPicture(svg, smallest, letters) {
  const view = document.getElementById("picture");
  const { width, height } = svg.viewBox.baseVal;
  const others = document.querySelector("main").getBoundingClientRect().bottom + scrollY - view.offsetHeight;
  const room = Math.max(240, innerHeight - others);
  const scale = Math.max(smallest / letters, Math.min(1.8, (view.clientWidth - 2) / width, room / height));
  svg.setAttribute("width", width * scale);
  svg.setAttribute("height", height * scale);
  view.style.maxHeight = `${room}px`;
}

// The least height of a letter: 24 pixels on a projector, less in proportion where the window is narrower.
const smallestLetter = () => (document.querySelector(".projector") ? Math.max(12, Math.min(24, (24 * innerWidth) / 1280)) : 12);
