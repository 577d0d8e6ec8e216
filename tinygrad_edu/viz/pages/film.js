{
  const { frames, autoplay } = pageData();
  const svg = document.querySelector("#picture svg");
  const boxes = new Map([...svg.querySelectorAll("[data-box]")].map((box) => [box.dataset.box, box]));

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
    reveal(boxes.get(frame.now));
    return frame.caption;
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
