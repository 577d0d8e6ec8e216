{
  const { boxes, groups, views: names } = pageData();
  const part = (id) => document.getElementById(id);
  const views = [...document.querySelectorAll(".view")];
  const canvas = part("canvas");
  const SMALLEST = 12 / 14; // the letters have 14 points
  let at = 0; // which view is shown
  let frame = null; // the part of the drawing that is seen: x, y, and how many pixels a point has
  let moved = false; // whether the reader has chosen that part

  const element = (name, text = "", attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  // -- where one looks -----------------------------------------------------------------------------------

  const svg = () => views[at].querySelector("svg");
  const whole = new Map();

  function look() {
    const { clientWidth: width, clientHeight: height } = canvas;
    svg().setAttribute("viewBox", `${frame.x} ${frame.y} ${width / frame.scale} ${height / frame.scale}`);
  }

  function fit(smallest = 0) {
    moved = false;
    const all = whole.get(svg());
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = Math.max(smallest, Math.min(1.6, width / all.width, height / all.height));
    const place = (start, size, room) => (size * scale > room ? start : start + (size - room / scale) / 2);
    frame = { scale, x: place(all.x, all.width, width), y: place(all.y, all.height, height) };
    look();
  }

  // Whether a whole view can be seen with letters that are large enough.
  function fits(view) {
    const { width, height } = whole.get(views[view].querySelector("svg"));
    return Math.min(canvas.clientWidth / width, canvas.clientHeight / height) > SMALLEST - 0.01;
  }

  function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const scale = Math.max(0.05, Math.min(8, frame.scale * factor));
    frame.x += x / frame.scale - x / scale;
    frame.y += y / frame.scale - y / scale;
    frame.scale = scale;
    moved = true;
    look();
  }

  function move(right, down) {
    frame.x += right / frame.scale;
    frame.y += down / frame.scale;
    moved = true;
    look();
  }

  // Moves the drawing so far that a box is inside.
  function reveal(box) {
    const inner = box.getBoundingClientRect();
    const outer = canvas.getBoundingClientRect();
    const beyond = (from, to, low, high) => (from < low ? from - low - 20 : to > high ? to - high + 20 : 0);
    const right = beyond(inner.left, inner.right, outer.left, outer.right);
    const down = beyond(inner.top, inner.bottom, outer.top, outer.bottom);
    if (right || down) move(right, down);
  }

  function show(view) {
    at = view;
    views.forEach((div, i) => (div.hidden = i !== view));
    part("view").value = view;
    fit(SMALLEST);
    warn(say("Larger than the window: drag it, or press Fit."));
  }

  function warn(warning) {
    part("said").textContent = fits(at) ? "" : warning;
  }

  function fitWhole() {
    fit();
    warn(say("Letters are smaller than 12 pixels: + makes them larger."));
  }

  // The first of the whole graph and the closed layers that can be seen at once.
  function begin() {
    const closed = names.indexOf("closed");
    if (fits(0) || closed < 0) {
      show(0);
    } else {
      show(closed);
      if (fits(closed)) part("said").textContent = say("Layers are closed, so that the letters are legible.");
    }
  }

  // -- layers --------------------------------------------------------------------------------------------

  function toggleLayer(key) {
    const group = groups[at][key];
    const inside = group?.layer ? names.indexOf(`inside:${group.layer}`) : names.indexOf("closed");
    const target = inside >= 0 ? inside : group ? 0 : -1;
    const layer = group?.layer ?? boxes[key]?.layer;
    if (target < 0 || target === at || !layer) return;
    show(target);
    const inLayer = (box) => {
      const id = box.dataset.box;
      return (groups[at][id]?.layer ?? boxes[id]?.layer) === layer;
    };
    [...svg().querySelectorAll("[data-box]")].find(inLayer)?.focus();
  }

  // -- what is in a box ----------------------------------------------------------------------------------

  function tell(box) {
    document.querySelectorAll("[data-box].shown").forEach((other) => other.classList.remove("shown"));
    box.classList.add("shown");
    const key = box.dataset.box;
    const group = groups[at][key];
    const parts = group ? groupParts(group, key) : boxParts(boxes[key]);
    part("panel").replaceChildren(...parts);
    part("panel").scrollTop = 0;
  }

  function groupParts(group, key) {
    const parts = [element("h2", group.title), ...group.rows.map((row) => element("p", row))];
    if (group.layer) {
      const open = element("button", say("Open this layer"), { type: "button" });
      open.addEventListener("click", () => toggleLayer(key));
      parts.push(open);
    }
    return parts;
  }

  function boxParts(box) {
    const facts = element("dl", "", { class: "facts" });
    for (const [name, text] of box.facts) facts.append(element("dt", name), element("dd", text));
    const parts = [element("h2", box.title), facts];
    parts.push(...arrayParts(say("Value"), box.value), ...arrayParts(say("Gradient"), box.gradient));
    if (!box.gradient) parts.push(element("h3", say("Gradient")), element("p", say("not computed"), { class: "quiet" }));
    for (const line of box.lines) parts.push(element("h3", `${say("Made in")} ${line.place}`), code(line));
    return parts;
  }

  function code(line) {
    const pre = element("pre", "", { class: "code", tabindex: 0 });
    const wide = String(Math.max(...line.around.map(([number]) => number))).length;
    for (const [number, text] of line.around) {
      const row = `${String(number).padStart(wide)}  ${text}\n`;
      pre.append(number === line.number ? element("mark", row) : row);
    }
    return pre;
  }

  function arrayParts(name, array) {
    if (!array) return [];
    const head = element("h3", `${name}, ${say("shape")} ${array.shape}`);
    if (array.figures) {
      const facts = element("dl", "", { class: "facts" });
      for (const [key, text] of array.figures) facts.append(element("dt", key), element("dd", text));
      return [head, facts];
    }
    const finite = array.rows.flat().map(Number).filter(Number.isFinite);
    const largest = Math.max(...finite.map(Math.abs), 0);
    const table = element("table");
    array.rows.forEach((row, i) => {
      const line = element("tr");
      if (array.heads[i]) line.append(element("th", array.heads[i], { scope: "row" }));
      line.append(...row.map((x) => cell(x, largest)));
      table.append(line);
    });
    const frame = element("div", "", { class: "heat", tabindex: 0, role: "region", "aria-label": `${name}, ${say("as a table")}` });
    frame.append(table);
    return [head, frame];
  }

  // Blue for numbers below zero, orange above: both stay light enough for dark letters.
  function cell(x, largest) {
    const made = element("td", String(x));
    if (!Number.isFinite(Number(x))) {
      made.className = "bad";
      return made;
    }
    const share = largest ? Math.round((100 * Math.abs(Number(x))) / largest) : 0;
    made.style.background = `color-mix(in srgb, ${x < 0 ? "#56b4e9" : "#e69f00"} ${share}%, #ffffff)`;
    return made;
  }

  // -- mouse and keys ------------------------------------------------------------------------------------

  const boxAt = (target) => target.closest?.("[data-box]");

  canvas.addEventListener("pointerover", (event) => {
    const box = boxAt(event.target);
    if (box && !event.buttons) tell(box);
  });
  canvas.addEventListener("focusin", (event) => {
    const box = boxAt(event.target);
    if (!box) return;
    tell(box);
    if (box.matches(":focus-visible")) reveal(box);
  });
  // A click opens a closed layer, unless it ends a drag; a second one closes the layer of an open box.
  let pressed = null;
  let opened = false;
  canvas.addEventListener("pointerdown", (event) => (pressed = [event.clientX, event.clientY]));
  canvas.addEventListener("click", (event) => {
    const box = boxAt(event.target);
    const dragged = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 4;
    if (event.detail > 1) return;
    opened = Boolean(box && !dragged && groups[at][box.dataset.box]?.layer);
    if (opened) toggleLayer(box.dataset.box);
  });
  canvas.addEventListener("dblclick", (event) => {
    const box = boxAt(event.target);
    if (box && !opened) toggleLayer(box.dataset.box);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons === 1) move(-event.movementX, -event.movementY);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { left, top } = canvas.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 500), event.clientX - left, event.clientY - top);
    },
    { passive: false },
  );

  const keys = {
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    0: fitWhole,
    ArrowLeft: () => move(-60, 0),
    ArrowRight: () => move(60, 0),
    ArrowUp: () => move(0, -60),
    ArrowDown: () => move(0, 60),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const box = boxAt(event.target);
    const action = (event.key === "Enter" || event.key === " ") && box ? () => toggleLayer(box.dataset.box) : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  part("in").addEventListener("click", () => zoom(1.25));
  part("out").addEventListener("click", () => zoom(0.8));
  part("fit").addEventListener("click", fitWhole);
  part("view").addEventListener("change", () => show(Number(part("view").value)));
  addEventListener("resize", () => (moved ? look() : show(at)));

  for (const view of views) {
    const drawing = view.querySelector("svg");
    const { x, y, width, height } = drawing.viewBox.baseVal;
    whole.set(drawing, { x, y, width, height });
  }
  begin();
}
