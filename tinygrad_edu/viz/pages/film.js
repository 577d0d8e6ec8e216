{
  const { frames, autoplay } = pageData();
  const svg = document.querySelector("#picture svg");
  const boxes = new Map([...svg.querySelectorAll("[data-box]")].map((box) => [box.dataset.box, box]));

  const labels = [...svg.querySelectorAll("[data-head]")];
  const bridges = [...svg.querySelectorAll("[data-under]")]; // over the gap that a label has on its edge
  const edges = [...svg.querySelectorAll("[data-end]")];

  // A line of text, its letters fitted into the width that the layout has for it.
  const writeLine = (text, line, width) => {
    text.textContent = line;
    if (line) text.setAttribute("textLength", width);
    else text.removeAttribute("textLength");
  };

  // The gradients known in picture k: those of all pictures so far.
  const known = (k) => Object.assign({}, ...frames.slice(0, k + 1).map((frame) => frame.gradients));

  function show(k) {
    const frame = frames[k];
    const gradients = known(k);
    for (const [key, box] of boxes) {
      const gradient = gradients[key];
      box.querySelectorAll("text.slot").forEach((text, i) => writeLine(text, ...(gradient?.rows[i] ?? ["", 0])));
      box.classList.toggle("now", key === frame.now);
      box.classList.toggle("new", key in frame.gradients);
      box.classList.toggle("not-finite", gradient !== undefined && !gradient.finite);
    }
    for (const label of labels) label.classList.toggle("seen", label.dataset.head === frame.now);
    for (const bridge of bridges) bridge.classList.toggle("covered", bridge.dataset.under === frame.now);
    flowInto(frame.now);
    reveal(boxes.get(frame.now));
    return frame.caption;
  }

  // The gradient goes back along the edges into the op that is visited, through the label that stands on an edge.
  function flowInto(op) {
    svg.querySelectorAll(".moving").forEach((dot) => dot.remove());
    edges.forEach((edge) => edge.classList.remove("carries"));
    for (const last of edges.filter((edge) => op && edge.dataset.end === op)) {
      const first = edges.filter((edge) => last.dataset.tail.startsWith("on_") && edge.dataset.end === last.dataset.tail);
      const way = [last, ...first];
      way.forEach((edge) => edge.classList.add("carries"));
      svg.querySelector("g > g").before(dotAlong(way.flatMap((edge) => backwards(edge.querySelector("path")))));
    }
  }

  function backwards(path) {
    const length = path.getTotalLength();
    return [1, 0.75, 0.5, 0.25, 0].map((share) => path.getPointAtLength(share * length));
  }

  function dotAlong(points) {
    const dot = document.createElementNS(svg.namespaceURI, "circle");
    dot.setAttribute("class", "moving");
    dot.setAttribute("r", 5);
    const motion = document.createElementNS(svg.namespaceURI, "animateMotion");
    const path = points.map(({ x, y }, i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    for (const [key, value] of Object.entries({ path, dur: "1.4s", repeatCount: "indefinite" })) motion.setAttribute(key, value);
    dot.append(motion);
    return dot;
  }

  // Scrolls the picture, not the page, so far that the box is in it.
  function reveal(box) {
    if (!box) return;
    const view = document.getElementById("picture");
    const inner = box.getBoundingClientRect();
    const outer = view.getBoundingClientRect();
    if (inner.left < outer.left || inner.right > outer.right) {
      view.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      view.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
    }
  }

  const fit = () => fitPicture(svg, smallestLetter(), 14);
  addEventListener("resize", fit);
  player(frames.length, show, autoplay);
  fit();
}
