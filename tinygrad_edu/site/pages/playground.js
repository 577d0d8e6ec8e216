"use strict";

// The playground: controls that write Keras code, the code that drives the page, and what its training looks like.
// Every number comes from Python (tinygrad_edu.site.playground); here they are drawn.

window.mountPlayground = (() => {
  const MOST_DRAWN = 16; // neurons of a column
  const THUMBNAIL = 25; // points along the side of a neuron's picture
  const FRAME = 30; // milliseconds of training for each picture
  const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
  const BATCHES = [1, 4, 8, 16, 32, 64, 128, 256, 512];
  const STRENGTHS = [0.0001, 0.001, 0.003, 0.01, 0.03, 0.1];
  const SHARES = [0, 0.1, 0.2, 0.3, 0.5];

  // -- elements, numbers, bytes -------------------------------------------------------------------------------

  function make(tag, attributes = {}, ...children) {
    const svg = ["svg", "path", "g", "title"].includes(tag);
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) {
        element.addEventListener(name.slice(2), value);
      } else if (name.startsWith("aria-") || (value !== false && value !== null && value !== undefined)) {
        element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : value);
      }
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  // Sets an attribute where it is another: what stays costs the browser nothing.
  function set(element, name, value) {
    if (element.getAttribute(name) !== value) {
      element.setAttribute(name, value);
    }
  }

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  function short(value) {
    const size = Math.abs(value);
    if (value === 0 || (size >= 0.01 && size < 1000)) {
      return value.toPrecision(3).replace(/\.?0+$/, "").replace("-", "−");
    }
    return value.toExponential(1).replace("-", "−").replace("e+", "e").replace("e-", "e−");
  }

  function rgb(colour) {
    const number = parseInt(colour.slice(1), 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  }

  // A colour as four bytes of an image.
  const word = ([red, green, blue]) => (255 << 24) | (blue << 16) | (green << 8) | red;

  const mixed = (from, to, share) => from.map((value, i) => value + (to[i] - value) * share);

  async function packed(text) {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const found = new Uint8Array(await new Response(stream).arrayBuffer());
    const letters = Array.from(found, (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function unpacked(text) {
    const found = bytes(text.replace(/-/g, "+").replace(/_/g, "/"));
    return new Response(new Blob([found]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  }

  function download(name, text, type) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  // -- pictures ---------------------------------------------------------------------------------------------

  // The colours of the page: those of the package's pictures, on its own paper.
  class Palette {
    constructor(element, colours) {
      this.element = element;
      this.colours = colours;
      this.read();
    }

    // Both halves of light-dark(…) are in the computed colour of an element, not in the variable.
    read() {
      const probe = make("span", { hidden: true });
      this.element.append(probe);
      const of = (name) => {
        probe.style.color = `var(--${name})`;
        return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
      };
      [this.paper, this.ink, this.quiet, this.line] = ["paper", "ink", "quiet", "line"].map(of);
      probe.remove();
      this.positive = rgb(this.colours[0]);
      this.negative = rgb(this.colours[1]);
      this.signed = Array.from({ length: 256 }, (_, i) => {
        const value = (i - 128) / 127;
        return mixed(this.paper, value < 0 ? this.negative : this.positive, Math.min(1, Math.abs(value)) * 0.8);
      });
      this.ofNeuron = Uint32Array.from(this.signed, word);
      this.ofMap = Uint32Array.from(this.signed, (colour) => word(mixed(this.paper, colour, 0.72)));
    }

    css(colour, opacity = 1) {
      return `rgb(${colour.map(Math.round).join(" ")} / ${opacity})`;
    }

    // Of two classes the first is negative, as its outputs are the low ones.
    ofClass(k, count) {
      return count === 2 ? [this.negative, this.positive][k] : rgb(this.colours[k % (this.colours.length - 1)]);
    }
  }

  // Paints a square of bytes over a canvas, smoothly; row 0 of the bytes is at the bottom.
  const squares = new Map(); // by their size: a small canvas, its context, its image, its pixels

  function square(size) {
    if (!squares.has(size)) {
      const canvas = make("canvas", { width: size, height: size });
      const context = canvas.getContext("2d", { willReadFrequently: true });
      const image = context.createImageData(size, size);
      squares.set(size, { canvas, context, image, pixels: new Uint32Array(image.data.buffer) });
    }
    return squares.get(size);
  }

  function paint(context, size, colourAt) {
    const small = square(size);
    for (let row = 0, to = 0; row < size; row++) {
      for (let from = (size - 1 - row) * size, end = from + size; from < end; from++) {
        small.pixels[to++] = colourAt(from);
      }
    }
    small.context.putImageData(small.image, 0, 0);
    context.drawImage(small.canvas, 0, 0, context.canvas.width, context.canvas.height);
  }

  // As many pixels as the screen has.
  function fit(canvas) {
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (width && (canvas.width !== width || canvas.height !== height)) {
      canvas.width = width;
      canvas.height = height;
    }
    return scale;
  }

  const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

  // The line on which the two classes are equally likely: marching squares.
  function boundary(context, shades, size, middle) {
    const step = context.canvas.width / size;
    const height = context.canvas.height;
    context.beginPath();
    for (let row = 0; row < size - 1; row++) {
      for (let column = 0, at = row * size; column < size - 1; column++, at++) {
        const corners = [shades[at] - middle, shades[at + 1] - middle, shades[at + size + 1] - middle, shades[at + size] - middle];
        const kind = corners.reduce((bits, value, i) => bits | ((value < 0) << i), 0);
        if (kind === 0 || kind === 15) {
          continue;
        }
        const crossings = [];
        corners.forEach((a, i) => {
          const b = corners[(i + 1) % 4];
          if (a < 0 !== b < 0) {
            const [[x, y], [p, q]] = [CORNERS[i], CORNERS[(i + 1) % 4]];
            const share = a / (a - b);
            crossings.push([(column + 0.5 + x + (p - x) * share) * step, height - (row + 0.5 + y + (q - y) * share) * step]);
          }
        });
        for (let i = 0; i + 1 < crossings.length; i += 2) {
          context.moveTo(...crossings[i]);
          context.lineTo(...crossings[i + 1]);
        }
      }
    }
    context.stroke();
  }

  // -- the page ---------------------------------------------------------------------------------------------

  return function mountPlayground(element, classroom) {
    const say = (text, fields) => classroom.word(text, fields);
    const ask = (name, argument) => classroom.call(`tinygrad_edu.site.playground.${name}`, argument);
    const view = { part: "train", test: true, curve: "loss", shown: null };
    const first = classroom.data("playground"); // choices, first settings and code
    let settings = structuredClone(first.settings);
    let run = null; // what Python said of the code
    let frame = null;
    let history = {};
    let playing = false; // whether it should
    let looping = false; // whether it does
    let sample = null; // {part, index, look}
    let film = null; // {step, timer}
    let mine = null; // edited code that a control has overwritten
    let drawing = null; // {rows, kind} while points are drawn
    let palette = null;
    let editor = null;
    let pending = 0; // how many times code was loaded
    let loading = null; // the last of these calls
    let written = ""; // the code that Python has, or is given next
    let typing = null; // the timer of a change by hand
    let lost = false; // whether Python was stopped, and its run with it
    const parts = {};
    const layer = { canvas: make("canvas"), look: "" };

    element.classList.add("playground");
    const status = make("p", { class: "pg-status", role: "status" }, say("Python is starting …"));
    element.append(status);
    palette = new Palette(element, first.colours);
    build();
    setCode(first.code[classroom.language]);
    showControls();
    setUsable(false); // but for Play, which waits
    const prepared = classroom.ready.then(start).catch((error) => (status.textContent = error.message));

    async function start() {
      const shared = location.hash.slice(1).split("/")[1];
      if (!(shared && (await openShared(shared)))) {
        await load(first.code[classroom.language], settings);
      }
      setUsable(true);
      status.hidden = true;
    }

    function setUsable(usable) {
      for (const part of element.querySelectorAll(".pg-bar > :not(.pg-run), .pg-grid, .pg-inside")) {
        part.inert = !usable;
      }
      for (const other of element.querySelectorAll(".pg-run button:not(.pg-play)")) {
        other.disabled = !usable || (playing && other === parts.step);
      }
    }

    // -- the code: written by the controls, run by the page ---------------------------------------------------

    async function apply() {
      const written = await ask("write", settings);
      if (written.error) {
        complain(written.error);
        return;
      }
      settings = written.settings;
      if (run?.beyond?.length && mine === null) {
        mine = editor.get();
      }
      setCode(written.code);
      await load(written.code, settings);
    }

    // One load at a time; of those that wait only the last.
    async function load(code, known) {
      const turn = ++pending;
      const ends = drawing ? [-1.2, 1.2, -1.2, 1.2] : null;
      const found = await (loading = ask("load", { code, settings: known, ends }));
      if (turn !== pending) {
        return;
      }
      if (found.error) {
        complain(found.error);
        return;
      }
      run = found;
      lost = false;
      frame = found.frame;
      settings = structuredClone(found.settings);
      history = {};
      sample = null;
      stopFilm();
      showMessages();
      showControls();
      showNetwork();
      nameAxes();
      receive(found.frame);
      showInside();
    }

    function setCode(code) {
      written = code;
      if (editor.get() !== code) {
        editor.set(code);
      }
    }

    function edited(code) {
      if (code === written) {
        return;
      }
      clearTimeout(typing);
      typing = setTimeout(() => {
        written = code;
        mine = null;
        load(code, null);
      }, 600);
    }

    function change(changed) {
      Object.assign(settings, changed);
      clearTimeout(change.timer);
      change.timer = setTimeout(() => {
        change.timer = null;
        apply();
      }, 120);
    }

    // -- training, in pieces ---------------------------------------------------------------------------------

    async function play() {
      setPlaying(true);
      if (looping) {
        return; // the loop has not seen yet that it should end, and goes on
      }
      looping = true;
      await prepared;
      await (change.timer ? new Promise((resolve) => setTimeout(resolve, 150)) : null);
      await (lost ? load(written, null) : loading);
      if (!run || lost) {
        looping = false;
        setPlaying(false);
        return;
      }
      let next = ask("train", { milliseconds: FRAME, further: true });
      try {
        while (playing) {
          const turn = pending;
          const found = await next;
          if (found.error) {
            complain(found.error);
            break;
          }
          const over = found.done && turn === pending;
          next = playing && !over ? ask("train", { milliseconds: FRAME }) : null;
          if (turn === pending) {
            receive(found);
          }
          if (over) {
            announce(say("{epoch} epochs are trained. Play goes on.", { epoch: found.epoch }));
            break;
          }
          await new Promise(requestAnimationFrame);
        }
        await next;
      } catch (error) {
        stopped(error);
      }
      looping = false;
      setPlaying(false);
      await refreshSample();
    }

    function setPlaying(now) {
      playing = now;
      parts.play.textContent = now ? say("Pause") : say("Play");
      parts.play.setAttribute("aria-pressed", now);
      parts.step.disabled = now;
    }

    async function step() {
      if (lost) {
        await load(written, null);
      }
      if (!playing && run && !lost) {
        const found = await ask("train", { milliseconds: 0, further: true });
        found.error ? complain(found.error) : receive(found);
        await refreshSample();
      }
    }

    async function reset() {
      playing = false;
      await load(written, run && !run.beyond.length ? settings : null);
    }

    function receive(found) {
      frame = found;
      for (const [name, values] of Object.entries(found.history ?? {})) {
        (history[name] ??= []).push(...values);
      }
      if (found.said && found.said.length !== run.said.length) {
        run.said = found.said;
        showMessages();
      }
      parts.epoch.textContent = String(found.epoch);
      draw();
    }

    function draw() {
      if (!frame) {
        return;
      }
      drawMap();
      drawCurves();
      drawNeurons();
      drawEdges();
      showFigures();
    }

    // -- what is said ----------------------------------------------------------------------------------------

    function announce(text) {
      parts.live.textContent = text;
    }

    function complain({ text, line }) {
      parts.error.hidden = false;
      parts.error.replaceChildren(
        make("strong", {}, line ? say("Line {line} of the code: ", { line }) : say("The code stopped: ")),
        text
      );
    }

    function stopped(error) {
      complain({ text: error.stopped ? say("Stopped. Reset runs the code again.") : error.message, line: null });
    }

    function showMessages() {
      parts.error.hidden = true;
      const beyond = run.beyond ?? [];
      parts.beyond.hidden = !beyond.length && mine === null;
      if (beyond.length) {
        const text = say("This code goes beyond the controls ({parts}): the page runs it as it stands. A control that you touch writes the code anew.", { parts: beyond.join(", ") });
        parts.beyond.replaceChildren(text);
      } else if (mine !== null) {
        const back = make("button", { type: "button", onclick: () => editor.set(mine) }, say("Back to my code"));
        parts.beyond.replaceChildren(say("A control has written the code anew."), " ", back);
      }
      parts.said.hidden = !run.said.length;
      parts.said.textContent = run.said.join("\n");
    }

    // -- the parts of the page -------------------------------------------------------------------------------

    function button(text, onclick, more = {}) {
      return make("button", { type: "button", onclick, ...more }, text);
    }

    function select(label, options, onchange, more = {}) {
      const chooser = make("select", { "aria-label": label, onchange: () => onchange(chooser.value), ...more });
      chooser.setOptions = (values, chosen) => {
        const all = values.some(([value]) => String(value) === String(chosen)) ? values : [...values, [chosen, String(chosen)]];
        chooser.replaceChildren(...all.map(([value, text]) => make("option", { value }, text)));
        chooser.value = String(chosen);
      };
      chooser.setOptions(options, options[0]?.[0] ?? "");
      return chooser;
    }

    function field(text, control, more = {}) {
      control.removeAttribute("aria-label");
      return make("label", { class: "pg-field", ...more }, make("span", {}, text), control);
    }

    function section(name, title, ...children) {
      const id = `pg-${name}-title`;
      return make("section", { class: `pg-${name}`, "aria-labelledby": id }, make("h2", { id }, title), ...children);
    }

    function build() {
      parts.play = button(say("Play"), () => (playing ? (playing = false) : play()), { class: "main pg-play" });
      parts.step = button(say("Step"), step, { title: say("One epoch") });
      parts.epoch = make("output", { class: "pg-epoch" }, "0");
      parts.live = make("p", { class: "pg-hidden", role: "status" });
      parts.error = make("p", { class: "pg-error", role: "alert", hidden: true });
      parts.beyond = make("p", { class: "pg-beyond", role: "status", hidden: true });
      parts.said = make("pre", { class: "pg-said", hidden: true, tabindex: "0" });
      const projector = button(say("Projector"), () => {
        const on = element.classList.toggle("projector");
        projector.setAttribute("aria-pressed", on);
        showNetwork();
        draw();
      }, { "aria-pressed": "false", title: say("Large letters, for the back row") });
      const run = make(
        "div",
        { class: "pg-run", role: "group", "aria-label": say("Training") },
        parts.play,
        parts.step,
        button(say("Reset"), reset),
        make("span", { class: "pg-counter" }, `${say("Epoch")} `, parts.epoch)
      );
      element.append(
        make("div", { class: "pg-bar" }, run, buildControls(), projector),
        make("div", { class: "pg-messages" }, parts.error, parts.beyond, parts.live),
        make("div", { class: "pg-grid" }, buildData(), buildNetwork(), buildOutput(), buildCode()),
        buildInside()
      );
      document.addEventListener("theme", () => {
        palette.read();
        draw();
      });
      new ResizeObserver(() => {
        placeNetwork();
        draw();
      }).observe(parts.network);
    }

    function buildControls() {
      const listed = (values) => values.map((value) => [value, String(value)]);
      const names = (values) => values.map((value) => [value, value]);
      const argument = (name, value) => {
        settings.optimizer.arguments[name] = value;
        change({});
      };
      parts.optimizer = select("", names(Object.keys(first.choices.optimizers)), (name) => {
        const { learning_rate } = settings.optimizer.arguments;
        change({ optimizer: { name, arguments: { learning_rate } } });
      });
      parts.rate = select("", listed(RATES), (value) => argument("learning_rate", Number(value)));
      parts.activation = select("", names(first.choices.activations), (activation) =>
        change({ layers: settings.layers.map((layer) => ({ ...layer, activation })) })
      );
      parts.batch = select("", listed(BATCHES), (value) => change({ batch: Number(value) }));
      parts.loss = select("", [], (value) => change({ loss: value || null }));
      parts.penalty = select("", [["", say("none")], ...names(Object.keys(first.choices.regularizers))], (name) =>
        change({ regularizer: name ? { name, rate: settings.regularizer?.rate ?? 0.001 } : null })
      );
      parts.strength = select("", listed(STRENGTHS), (value) =>
        change({ regularizer: { ...settings.regularizer, rate: Number(value) } })
      );
      parts.dropout = select("", listed(SHARES), (value) => change({ dropout: Number(value) }));
      parts.epochs = make("input", { type: "number", min: 1, step: 1, onchange: () => change({ epochs: Math.max(1, Math.round(Number(parts.epochs.value)) || 1) }) });
      parts.more = make("div", { class: "pg-fields" });
      const advanced = make(
        "details",
        { class: "pg-more" },
        make("summary", {}, say("More")),
        make(
          "div",
          { class: "pg-fields" },
          field(say("Loss"), parts.loss),
          field(say("Epochs"), parts.epochs),
          parts.more,
          button(say("Other weights at the start"), () => change({ seed: settings.seed + 1 })),
          button(say("Why does it not learn?"), askDoctor)
        )
      );
      parts.doctor = make("pre", { class: "pg-doctor", hidden: true, tabindex: "0" });
      advanced.append(parts.doctor);
      return make(
        "div",
        { class: "pg-fields", role: "group", "aria-label": say("Settings") },
        field(say("Learning rate"), parts.rate),
        field(say("Optimizer"), parts.optimizer, { class: "pg-field pg-rare" }),
        field(say("Activation"), parts.activation),
        field(say("Batch size"), parts.batch, { class: "pg-field pg-rare" }),
        field(say("Regularization"), parts.penalty, { class: "pg-field pg-rare" }),
        field(say("Strength"), parts.strength, { class: "pg-field pg-rare" }),
        field(say("Dropout"), parts.dropout, { class: "pg-field pg-rare" }),
        advanced
      );
    }

    function buildData() {
      parts.set = select("", [], (name) => {
        drawing = null;
        const { n, ...others } = first.choices.sets[name];
        const noise = "noise" in others ? { noise: settings.data.arguments?.noise ?? others.noise } : {};
        const features = "features" in others ? { features: others.features } : {};
        const samples = n ? { n: settings.data.arguments?.n ?? 500 } : {};
        change({ data: { set: name, arguments: { ...samples, ...noise, ...features } }, loss: null });
      });
      parts.numbers = make("div", { class: "pg-numbers" });
      parts.test = make("input", { type: "range", min: 0, max: 0.5, step: 0.05, oninput: () => change({ test: Number(parts.test.value) }) });
      parts.testShare = make("output");
      parts.showTest = make("input", { type: "checkbox", checked: true, onchange: () => {
        view.test = parts.showTest.checked;
        draw();
      } });
      parts.legend = make("ul", { class: "pg-legend" });
      parts.kinds = make("div", { class: "pg-kinds", role: "group", "aria-label": say("Class of the points that you draw"), hidden: true });
      const file = make("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", class: "pg-hidden", tabindex: "-1", "aria-label": say("CSV file"), onchange: () => file.files[0] && openTable(file) });
      return section(
        "data",
        say("Data"),
        field(say("Set"), parts.set),
        parts.numbers,
        make("label", { class: "pg-field" }, make("span", {}, say("Test part"), " ", parts.testShare), parts.test),
        make("label", { class: "pg-check" }, parts.showTest, make("span", {}, say("Show the test part"))),
        make("div", { class: "pg-buttons" }, button(say("Draw points"), startDrawing), button(say("Open CSV …"), () => file.click(), { title: say("The last column is the target.") })),
        file,
        parts.kinds,
        parts.legend
      );
    }

    function buildNetwork() {
      parts.edges = make("svg", { class: "pg-edges", "aria-hidden": "true" });
      parts.columns = make("div", { class: "pg-columns" });
      parts.network = make("div", { class: "pg-stage" }, parts.edges, parts.columns);
      parts.layers = make("output");
      parts.less = button("−", () => change({ layers: settings.layers.slice(0, -1) }), { "aria-label": say("One layer less") });
      parts.another = button("+", () => {
        const last = settings.layers.at(-1) ?? { units: 4, activation: parts.activation.value };
        change({ layers: [...settings.layers, { ...last }] });
      }, { "aria-label": say("One layer more") });
      const caption = make("p", { class: "pg-caption", role: "status" });
      parts.caption = caption;
      parts.filmPlay = button(say("Film of one step"), toggleFilm);
      parts.filmBack = button("‹", () => showStep((film?.step ?? 0) - 1), { "aria-label": say("Picture before") });
      parts.filmNext = button("›", () => showStep((film?.step ?? -1) + 1), { "aria-label": say("Picture after") });
      return section(
        "network",
        say("Network"),
        make("div", { class: "pg-layers", role: "group", "aria-label": say("Hidden layers") }, parts.less, parts.layers, parts.another),
        parts.network,
        make(
          "div",
          { class: "pg-buttons", role: "group", "aria-label": say("One sample, forward and back") },
          parts.filmPlay,
          parts.filmBack,
          parts.filmNext,
          make("span", { class: "pg-sample" }, say("Sample")),
          button("‹", () => another(-1), { "aria-label": say("Sample before") }),
          button("›", () => another(1), { "aria-label": say("Sample after") })
        ),
        caption,
        make(
          "p",
          { class: "pg-key" },
          make("span", { class: "pg-swatch pg-positive" }),
          say("positive weight"),
          " ",
          make("span", { class: "pg-swatch pg-negative" }),
          say("negative weight"),
          ". ",
          say("A neuron shows what it says at each place of the map.")
        )
      );
    }

    function buildOutput() {
      parts.map = make("canvas", { class: "pg-map", tabindex: "0", role: "img", "aria-label": say("Map") });
      parts.map.addEventListener("pointerdown", (event) => pressed(event));
      parts.map.addEventListener("pointermove", (event) => drawing && event.buttons && pressed(event));
      parts.map.addEventListener("keydown", walk);
      parts.curves = make("canvas", { class: "pg-curves", role: "img" });
      parts.metric = select(say("Curve"), [["loss", "loss"]], (name) => {
        view.curve = name;
        drawCurves();
        showFigures();
      });
      parts.figures = make("table", { class: "pg-figures" });
      parts.across = make("span");
      parts.up = make("span", { class: "pg-up" });
      return section(
        "output",
        say("Output"),
        make("div", { class: "pg-plot" }, parts.up, parts.map, parts.across),
        parts.figures,
        make("div", { class: "pg-curve-head" }, parts.metric, make("span", { class: "pg-lines" }, make("i", { class: "pg-line" }), say("training"), " ", make("i", { class: "pg-line pg-dashed" }), say("test"))),
        parts.curves
      );
    }

    function buildCode() {
      const holder = make("div", { class: "pg-editor" });
      parts.address = make("input", { class: "pg-address", readonly: true, hidden: true, "aria-label": say("Link") });
      const found = section(
        "code",
        say("Code"),
        holder,
        make(
          "div",
          { class: "pg-buttons" },
          button(say("Download .py"), () => download("playground.py", editor.get(), "text/x-python")),
          button(say("Download notebook"), async () => {
            const { text } = await ask("notebook", { code: editor.get() });
            download("playground.ipynb", text, "application/x-ipynb+json");
          }),
          button(say("Copy link"), share)
        ),
        parts.address,
        parts.said
      );
      editor = classroom.editor(holder, { code: "", onchange: edited, readonly: false, label: say("Code") });
      return found;
    }

    function buildInside() {
      parts.inside = make("div", { class: "pg-numbers-inside" });
      return section("inside", say("One sample, forward and back"), parts.inside);
    }

    // -- the controls as the settings say ----------------------------------------------------------------------

    function showControls() {
      const { optimizer, regularizer, data } = settings;
      const classes = run?.classes ?? [];
      const keep = (chooser, chosen) => chooser.setOptions([...chooser.options].map((option) => [option.value, option.textContent]), chosen ?? "");
      keep(parts.optimizer, optimizer.name);
      keep(parts.rate, optimizer.arguments.learning_rate);
      keep(parts.batch, settings.batch);
      keep(parts.penalty, regularizer?.name);
      keep(parts.strength, regularizer?.rate ?? 0.001);
      keep(parts.dropout, settings.dropout);
      parts.strength.disabled = !regularizer;
      const activations = [...new Set(settings.layers.map((layer) => layer.activation))];
      const mixedOnes = activations.length > 1;
      parts.activation.setOptions([...(mixedOnes ? [["", say("several")]] : []), ...first.choices.activations.map((name) => [name, name])], mixedOnes ? "" : activations[0] ?? "tanh");
      const task = run && classes.length === 0 ? "values" : classes.length > 2 ? "many" : "two";
      const usual = { two: "binary_crossentropy", many: "sparse_categorical_crossentropy", values: "mean_squared_error" }[task];
      const others = first.choices.losses[task].filter((name) => name !== usual);
      parts.loss.setOptions([["", usual], ...others.map((name) => [name, name])], settings.loss ?? "");
      parts.epochs.value = settings.epochs;
      showArguments(optimizer);
      const sets = Object.keys(first.choices.sets).map((name) => [name, say(name)]);
      const own = "rows" in data;
      parts.set.setOptions(own ? [["", say("my own")], ...sets] : sets, own ? "" : data.set);
      showNumbers(data);
      parts.test.value = settings.test;
      parts.testShare.textContent = `${Math.round(100 * settings.test)} %`;
      parts.kinds.hidden = !drawing;
      parts.legend.replaceChildren(
        ...classes.map((name, k) => {
          const colour = palette.css(palette.ofClass(k, classes.length));
          return make("li", {}, make("span", { class: "pg-dot", style: `background: ${colour}` }), say(name));
        })
      );
      if (!classes.length && run?.range) {
        const ramp = make("span", { class: "pg-ramp" });
        parts.legend.replaceChildren(make("li", {}, short(run.range[0]), ramp, short(run.range[1])));
      }
      parts.layers.textContent = say("{count} hidden layers", { count: settings.layers.length });
      parts.less.disabled = settings.layers.length === 0;
      parts.another.disabled = settings.layers.length >= 6;
    }

    // The numbers of the optimizer's own that have no control of theirs.
    function showArguments({ name, arguments: given }) {
      const declared = Object.entries(first.choices.optimizers[name] ?? {}).filter(([key]) => key !== "learning_rate");
      parts.more.replaceChildren(
        ...declared.map(([key, usual]) => {
          const set = (value) => {
            settings.optimizer.arguments[key] = value;
            change({});
          };
          return field(key, numberOrSwitch(given[key] ?? usual, set));
        })
      );
    }

    function numberOrSwitch(value, set, more = {}) {
      if (typeof value === "boolean") {
        const box = make("input", { type: "checkbox", checked: value, onchange: () => set(box.checked) });
        return box;
      }
      const input = make("input", { type: "number", step: "any", value, ...more, onchange: () => input.value !== "" && set(Number(input.value)) });
      return input;
    }

    function showNumbers(data) {
      const declared = Object.entries(first.choices.sets[data.set] ?? {}).filter(([key]) => key !== "features");
      const known = declared.map(([key]) => key).join();
      const titles = { n: say("Samples"), noise: say("Noise"), factor: say("Inner radius"), classes: say("Classes"), turns: say("Turns") };
      if (parts.numbers.dataset.known !== `${data.set} ${known}`) {
        parts.numbers.dataset.known = `${data.set} ${known}`;
        parts.numbers.replaceChildren(
          ...declared.map(([key]) => {
            const ranges = { n: { min: 20, max: 1000, step: 20 }, noise: { min: 0, max: 0.5, step: 0.01 } };
            const set = (value) => change({ data: { ...settings.data, arguments: { ...settings.data.arguments, [key]: value } } });
            const output = make("output");
            const slider = key in ranges;
            const input = make("input", { type: slider ? "range" : "number", step: key === "turns" || key === "factor" ? 0.1 : 1, ...ranges[key], name: key, oninput: () => {
              output.textContent = slider ? input.value : "";
              if (input.value !== "") {
                set(Number(input.value));
              }
            } });
            return make("label", { class: "pg-field" }, make("span", {}, titles[key] ?? key, " ", output), input);
          })
        );
      }
      for (const [key, usual] of declared) {
        const input = parts.numbers.querySelector(`[name="${key}"]`);
        if (document.activeElement !== input || input.type === "range") {
          input.value = data.arguments[key] ?? usual;
        }
        input.previousSibling.querySelector("output").textContent = input.type === "range" ? input.value : "";
      }
    }

    // -- the network -----------------------------------------------------------------------------------------

    // What the columns hold: the inputs, and each layer with weights.
    function columnsOf() {
      if (!frame?.neurons) {
        return [];
      }
      const layers = run.layers.filter((layer) => layer.kind === "Dense");
      const widths = [run.names.length, ...layers.map((layer) => layer.units)];
      return widths.map((width, i) => ({ width, shown: Math.min(width, MOST_DRAWN), layer: layers[i - 1] ?? null }));
    }

    function showNetwork() {
      const columns = columnsOf();
      parts.neurons = [];
      const known = !run.beyond.length;
      parts.columns.replaceChildren(
        ...columns.map((column, i) => {
          const hidden = i > 0 && i < columns.length - 1;
          const neurons = Array.from({ length: column.shown }, (_, n) => neuron(column, i, n, columns.length));
          parts.neurons.push(neurons);
          const more = column.width > column.shown ? make("span", { class: "pg-rest" }, say("{shown} of {count}", { shown: column.shown, count: column.width })) : null;
          const head = hidden && known ? headOf(i - 1) : make("div", { class: "pg-head" }, make("span", {}, i === 0 ? say("inputs") : column.layer.name), make("span", { class: "quiet" }, i > 0 ? column.layer.activation ?? "" : ""));
          return make("div", { class: "pg-column" }, head, make("div", { class: "pg-neurons" }, ...neurons), more);
        })
      );
      if (!columns.length) {
        parts.columns.replaceChildren(make("p", { class: "quiet" }, say("The network is drawn where it is made of Dense layers, one after another.")));
      }
      placeNetwork();
    }

    function headOf(k) {
      const layer = settings.layers[k];
      const set = (changed) => change({ layers: settings.layers.map((other, i) => (i === k ? { ...other, ...changed } : other)) });
      const place = k + 1;
      const chooser = select(say("Activation of layer {place}", { place }), first.choices.activations.map((name) => [name, name]), (activation) => set({ activation }));
      chooser.setOptions([...chooser.options].map((option) => [option.value, option.textContent]), layer.activation);
      return make(
        "div",
        { class: "pg-head" },
        make(
          "div",
          { class: "pg-units", role: "group", "aria-label": say("Neurons of layer {place}", { place }) },
          button("−", () => layer.units > 1 && set({ units: layer.units - 1 }), { "aria-label": say("One neuron less") }),
          make("output", {}, String(layer.units)),
          button("+", () => set({ units: layer.units + 1 }), { "aria-label": say("One neuron more") })
        ),
        chooser
      );
    }

    function neuron(column, i, n, count) {
      const name = i === 0 ? run.names[n] : `${column.layer.name}, ${n + 1}`;
      const canvas = make("canvas", { "aria-hidden": "true" });
      const found = button(canvas, () => lookAt(i, n), { class: "pg-neuron", "aria-label": say("Neuron {name}", { name }), "aria-pressed": "false" });
      if (i === 0) {
        found.append(make("span", { class: "pg-name" }, name));
      }
      found.context = canvas.getContext("2d");
      found.written = make("span", { class: "pg-value" });
      found.append(found.written);
      const show = (place) => {
        view.shown = place;
        drawMap();
        drawEdges();
      };
      for (const [event, place] of [["pointerenter", [i, n]], ["focus", [i, n]], ["pointerleave", null], ["blur", null]]) {
        found.addEventListener(event, () => show(i === count - 1 ? null : place));
      }
      return found;
    }

    function placeNetwork() {
      const { clientWidth: width, clientHeight: height } = parts.network;
      const most = Math.max(1, ...(parts.neurons ?? []).map((neurons) => neurons.length));
      const room = (height - (element.classList.contains("projector") ? 110 : 84)) / most;
      const size = Math.max(18, Math.min(element.classList.contains("projector") ? 64 : 44, room - 6));
      parts.network.style.setProperty("--neuron", `${size}px`);
      (parts.neurons ?? []).flat().forEach((one) => fit(one.context.canvas));
      parts.edges.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const corner = parts.network.getBoundingClientRect();
      parts.places = (parts.neurons ?? []).map((neurons) =>
        neurons.map((one) => {
          const box = one.getBoundingClientRect();
          return [box.left - corner.left, box.top - corner.top + box.height / 2, box.right - corner.left];
        })
      );
      parts.edges.replaceChildren();
      parts.paths = [];
      for (let i = 1; i < parts.places.length; i++) {
        parts.paths.push(
          parts.places[i - 1].map(([, top, right]) =>
            parts.places[i].map(([left, bottom]) => {
              const bend = (left - right) / 2;
              const path = make("path", { d: `M${right} ${top}C${right + bend} ${top} ${left - bend} ${bottom} ${left} ${bottom}` });
              parts.edges.append(path);
              return path;
            })
          )
        );
      }
    }

    function drawNeurons() {
      (frame.neurons ?? []).forEach((text, i) => {
        const shades = bytes(text);
        (parts.neurons?.[i] ?? []).forEach((one, n) => {
          paint(one.context, THUMBNAIL, (at) => palette.ofNeuron[shades[n * THUMBNAIL * THUMBNAIL + at]]);
        });
      });
      showValues();
    }

    // The edges: their weights; in the film those of the picture, and where it goes back the gradients.
    function drawEdges() {
      const told = film && sample?.look ? sample.look.steps[film.step] : null;
      const columns = columnsOf();
      const colours = [palette.css(palette.negative), palette.css(palette.positive)];
      (parts.paths ?? []).forEach((rows, i) => {
        const width = columns[i + 1]?.width ?? 1;
        const back = told && told.back !== null && told.back <= i + 1 && !told.updated;
        const values = back ? sample.look.gradients[i] ?? [] : told?.updated ? sample.look.updated[i] : frame.weights[i];
        const largest = Math.max(1e-12, ...(back ? values.map(Math.abs) : [2]));
        const lit = !told || told.updated || (told.back === null ? told.known === i + 2 : told.back === i + 1);
        rows.forEach((paths, from) =>
          paths.forEach((path, to) => {
            const weight = values[from * width + to] ?? 0;
            const about = view.shown ? (view.shown[0] === i + 1 && view.shown[1] === to) || (view.shown[0] === i && view.shown[1] === from) : true;
            const size = Math.abs(weight) / largest;
            set(path, "stroke", weight < 0 ? colours[0] : colours[1]);
            set(path, "stroke-width", (0.5 + 3.4 * Math.min(2, size)).toFixed(1));
            set(path, "stroke-opacity", about && lit ? (0.3 + 0.6 * Math.min(1, size)).toFixed(2) : "0.08");
            set(path, "class", back && lit ? "pg-back" : lit && told && !told.updated ? "pg-forward" : "");
          })
        );
      });
    }

    // -- one sample: values and gradients on the network, and the film -----------------------------------------

    async function choose(part, index) {
      if (!run?.samples?.[part] || !frame?.neurons) {
        return;
      }
      const count = run.samples[part].y.length;
      sample = { part, index: (index + count) % count, look: null };
      const mineNow = sample;
      const look = await ask("look", { part, index: sample.index });
      if (sample !== mineNow) {
        return;
      }
      if (look.error) {
        complain(look.error);
        return;
      }
      sample.look = look;
      draw();
      showInside();
    }

    const refreshSample = () => (sample ? choose(sample.part, sample.index) : undefined);
    const another = (by) => choose(sample?.part ?? "train", sample ? sample.index + by : 0);

    // What a neuron's circle has written in it: with a sample its value, on the way back its δ.
    function showValues() {
      const look = playing ? null : sample?.look;
      const told = film && look ? look.steps[film.step] : null;
      (parts.neurons ?? []).forEach((neurons, i) =>
        neurons.forEach((one, n) => {
          const back = told && told.back !== null && told.back <= i && !told.updated && look.deltas[i];
          const known = look && (!told || i < told.known);
          const text = back ? `δ ${short(look.deltas[i][n])}` : known ? short(look.values[i][n]) : "";
          if (one.written.textContent !== text) {
            one.written.textContent = text;
          }
          one.written.classList.toggle("pg-delta", Boolean(back));
          one.classList.toggle("pg-now", Boolean(told && (told.back === null ? i === told.known - 1 : told.back === i && !told.updated)));
        })
      );
    }

    function toggleFilm() {
      if (film?.timer) {
        clearInterval(film.timer);
        film.timer = null;
        parts.filmPlay.textContent = say("Film of one step");
        return;
      }
      playing = false;
      const begin = async () => {
        if (!sample?.look) {
          await another(0);
        }
        const last = (sample?.look?.steps.length ?? 0) - 1;
        if (last < 0) {
          return;
        }
        showStep(film && film.step < last ? film.step + 1 : 0);
        film.timer = setInterval(() => {
          if (film.step >= last) {
            toggleFilm();
          } else {
            showStep(film.step + 1);
          }
        }, 2600);
        parts.filmPlay.textContent = say("Pause the film");
      };
      begin();
    }

    async function showStep(step) {
      if (!sample?.look) {
        await another(0);
      }
      if (!sample?.look) {
        return;
      }
      const steps = sample.look.steps;
      film = { timer: film?.timer ?? null, step: Math.max(0, Math.min(steps.length - 1, step)) };
      const place = `${film.step + 1} / ${steps.length}`;
      parts.caption.replaceChildren(make("strong", {}, place), " ", steps[film.step].caption.join(" "));
      drawEdges();
      showValues();
    }

    function stopFilm() {
      clearInterval(film?.timer);
      film = null;
      parts.caption.replaceChildren();
      parts.filmPlay.textContent = say("Film of one step");
    }

    let looked = null; // the neuron whose numbers stand below

    function lookAt(i, n) {
      looked = [i, n];
      parts.neurons.forEach((neurons, k) => neurons.forEach((one, m) => one.setAttribute("aria-pressed", k === i && m === n)));
      showInside();
      if (!sample) {
        another(0);
      }
    }

    function showInside() {
      const look = sample?.look;
      const children = [];
      if (!frame?.neurons) {
        children.push(make("p", { class: "quiet" }, say("The network is drawn where it is made of Dense layers, one after another.")));
      } else if (!look) {
        children.push(make("p", { class: "quiet" }, say("Click a point of the map, or a neuron: its value and its gradient are written into the network.")));
      } else {
        const of = run.samples[sample.part];
        const target = of.y[sample.index];
        const fields = { number: sample.index + 1, part: sample.part === "test" ? say("test") : say("training"), y: say(run.classes[target] ?? short(target)), p: look.values.at(-1).map(short).join(", ") };
        children.push(make("p", {}, say("Sample {number} ({part}): the target is {y}, the network says {p}. Each neuron shows its value; the film goes back with δ = ∂L/∂z.", fields)));
      }
      if (look && looked && look.values[looked[0]]?.[looked[1]] !== undefined) {
        children.push(numbersOf(...looked, look));
      }
      parts.inside.replaceChildren(...children);
    }

    // The table of a neuron: what comes in, by which weights, and their gradients.
    function numbersOf(i, n, look) {
      const name = i === 0 ? run.names[n] : `${look.names[i]}, ${n + 1}`;
      const summary = [`${say("value")} ${short(look.values[i][n])}`];
      if (look.deltas[i]) {
        summary.push(`δ = ${short(look.deltas[i][n])}`);
      }
      const bias = frame.biases[i - 1]?.[n];
      if (bias !== undefined) {
        summary.push(`${say("bias")} ${short(bias)}`);
      }
      const rows = i === 0 ? [] : look.values[i - 1].map((value, from) => {
        const at = from * look.values[i].length + n;
        return [i === 1 ? run.names[from] : `${look.names[i - 1]}, ${from + 1}`, value, look.weights[i - 1][at], look.gradients[i - 1]?.[at] ?? null];
      });
      const heads = [say("from"), say("input a"), say("weight w"), "∂L/∂w = δ · a"];
      const table = rows.length === 0 ? null : make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
        make("tbody", {}, ...rows.map(([from, ...numbers]) => make("tr", {}, make("th", { scope: "row" }, from), ...numbers.map((value) => make("td", {}, value === null ? "–" : short(value))))))
      );
      return make("div", { class: "pg-table" }, make("h3", {}, `${say("Neuron {name}", { name })}: ${summary.join(", ")}`), table);
    }

    // -- map and curves --------------------------------------------------------------------------------------

    function drawMap() {
      const canvas = parts.map;
      const scale = fit(canvas);
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (!frame?.map) {
        return;
      }
      const [i, n] = view.shown ?? [];
      const neuronShown = view.shown && frame.neurons?.[i];
      const size = neuronShown ? THUMBNAIL : first.grid;
      const shades = bytes(neuronShown || frame.map).subarray(neuronShown ? n * size * size : 0);
      if (run.names.length === 1) {
        drawLine(context, scale);
      } else if (!neuronShown && frame.sure) {
        const sure = bytes(frame.sure);
        const colours = run.classes.map((_, k) => palette.ofClass(k, run.classes.length));
        paint(context, size, (at) => word(mixed(palette.paper, colours[shades[at]] ?? palette.quiet, 0.12 + 0.5 * (sure[at] / 255))));
      } else {
        paint(context, size, (at) => palette.ofMap[shades[at]]);
        if (run.classes.length && !neuronShown) {
          context.strokeStyle = palette.css(palette.ink, 0.8);
          context.lineWidth = 1.5 * scale;
          boundary(context, shades, size, 128);
        }
      }
      drawLayer(context, scale);
    }

    function nameAxes() {
      const [left, right, bottom, top] = (run.ends ?? []).map(short);
      parts.across.textContent = run.ends ? `${run.names[0]}: ${left} … ${right}` : "";
      parts.up.textContent = run.ends ? `${run.names[1] ?? "y"}: ${bottom} … ${top}` : "";
      const names = (run.names ?? []).slice(0, 2).join(", ");
      const text = say("What the network says at each place of {names}, and the samples. Arrow keys walk through the samples.", { names });
      parts.map.setAttribute("aria-label", run.ends ? text : say("There is no map: a sample is no row of numbers."));
    }

    // The samples are drawn on a canvas of their own, anew where something about them has changed.
    function drawLayer(context, scale) {
      const { width, height } = context.canvas;
      const look = [pending, width, height, view.test, sample?.part, sample?.index, drawing?.rows.length, palette.paper, element.className].join();
      if (layer.look !== look) {
        Object.assign(layer.canvas, { width, height });
        layer.look = look;
        drawSamples(layer.canvas.getContext("2d"), scale);
      }
      context.drawImage(layer.canvas, 0, 0);
    }

    function place(x, y, canvas) {
      const [left, right, bottom, top] = run.ends;
      return [((x - left) / (right - left)) * canvas.width, (1 - (y - bottom) / (top - bottom)) * canvas.height];
    }

    function drawLine(context, scale) {
      const [left, right] = run.ends;
      context.strokeStyle = palette.css(palette.positive);
      context.lineWidth = 3 * scale;
      context.beginPath();
      frame.line.forEach((y, i) => context.lineTo(...place(left + ((right - left) * i) / (frame.line.length - 1), y, context.canvas)));
      context.stroke();
    }

    function positionOf(of, index) {
      return of.columns === 1 ? [of.x[index], of.y[index]] : [of.x[2 * index], of.x[2 * index + 1]];
    }

    function colourOf(y) {
      if (run.classes.length) {
        return palette.ofClass(Math.round(y), run.classes.length) ?? palette.quiet;
      }
      const [low, high] = run.range;
      return palette.signed[Math.max(0, Math.min(255, Math.round(128 + 127 * ((2 * (y - low)) / (high - low) - 1))))];
    }

    function drawSamples(context, scale) {
      const radius = (element.classList.contains("projector") ? 5 : 3.6) * scale;
      for (const part of view.test ? ["test", "train"] : ["train"]) {
        const of = drawing ? (part === "train" ? drawnSamples() : null) : run.samples[part];
        of?.y.forEach((y, index) => {
          const [across, up] = place(...positionOf(of, index), context.canvas);
          const chosen = sample?.part === part && sample.index === index;
          context.beginPath();
          if (part === "test") {
            context.rect(across - radius * 0.85, up - radius * 0.85, 1.7 * radius, 1.7 * radius);
          } else {
            context.arc(across, up, radius, 0, 7);
          }
          context.fillStyle = palette.css(colourOf(y));
          context.strokeStyle = palette.css(chosen ? palette.ink : palette.paper);
          context.lineWidth = (chosen ? 3 : 1) * scale;
          context.fill();
          context.stroke();
          if (chosen) {
            context.beginPath();
            context.arc(across, up, 2.4 * radius, 0, 7);
            context.stroke();
          }
        });
      }
    }

    function drawCurves() {
      const canvas = parts.curves;
      const scale = fit(canvas);
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      const lines = [history[view.curve] ?? [], history[`val_${view.curve}`] ?? []];
      const values = lines.flat().filter((value) => value !== null);
      const low = values.reduce((a, b) => Math.min(a, b), 0);
      const high = values.reduce((a, b) => Math.max(a, b), low) || 1;
      const count = Math.max(2, lines[0].length);
      const letters = (element.classList.contains("projector") ? 22 : 13) * scale;
      const margin = { left: 3.4 * letters, bottom: 1.4 * letters, top: 0.6 * letters, right: 4 * scale };
      const across = (k) => margin.left + ((canvas.width - margin.left - margin.right) * k) / (count - 1);
      const up = (value) => canvas.height - margin.bottom - ((canvas.height - margin.bottom - margin.top) * (value - low)) / (high - low);
      context.font = `${letters}px system-ui, "DejaVu Sans", sans-serif`;
      context.fillStyle = palette.css(palette.quiet);
      context.strokeStyle = palette.css(palette.line, 0.5);
      context.lineWidth = scale;
      context.textBaseline = "middle";
      context.textAlign = "right";
      for (const value of [low, (low + high) / 2, high]) {
        context.fillText(short(value), margin.left - 4 * scale, up(value));
        context.beginPath();
        context.moveTo(margin.left, up(value));
        context.lineTo(canvas.width - margin.right, up(value));
        context.stroke();
      }
      context.textBaseline = "bottom";
      context.fillText(lines[0].length ? `${say("epoch")} ${frame.epoch}` : say("epoch"), canvas.width - margin.right, canvas.height);
      const looks = [[palette.ink, []], [palette.quiet, [5 * scale, 4 * scale]]];
      lines.forEach((line, which) => {
        context.strokeStyle = palette.css(looks[which][0]);
        context.setLineDash(looks[which][1]);
        context.lineWidth = 2 * scale;
        context.beginPath();
        line.forEach((value, k) => value !== null && context.lineTo(across(k), up(value)));
        context.stroke();
      });
      context.setLineDash([]);
      set(canvas, "aria-label", say("{name} over the epochs, of training and test", { name: view.curve }));
    }

    function showFigures() {
      const names = Object.keys(history).filter((name) => !name.startsWith("val_"));
      if (names.length && [...parts.metric.options].map((option) => option.value).join() !== names.join()) {
        parts.metric.setOptions(names.map((name) => [name, name]), names.includes(view.curve) ? view.curve : names[0]);
        view.curve = parts.metric.value;
      }
      const text = (name) => {
        const value = history[name]?.at(-1);
        if (value === undefined || value === null) {
          return history[name]?.length ? "NaN" : "–";
        }
        return name.endsWith("accuracy") ? `${(100 * value).toFixed(1)} %` : short(value);
      };
      const shown = names.length ? names : ["loss"];
      if (parts.figures.dataset.names !== shown.join()) {
        parts.figures.dataset.names = shown.join();
        const heads = ["", say("training"), say("test")].map((head) => (head ? make("th", { scope: "col" }, head) : make("td")));
        const cells = (name) => [name, `val_${name}`].map((key) => make("td", { "data-figure": key }));
        parts.figures.replaceChildren(
          make("thead", {}, make("tr", {}, ...heads)),
          make("tbody", {}, ...shown.map((name) => make("tr", {}, make("th", { scope: "row" }, name), ...cells(name))))
        );
      }
      for (const cell of parts.figures.querySelectorAll("[data-figure]")) {
        cell.textContent = text(cell.dataset.figure);
      }
    }

    // -- points on the map: chosen, or drawn ------------------------------------------------------------------

    function pressed(event) {
      if (!run?.ends) {
        return;
      }
      const box = parts.map.getBoundingClientRect();
      const [left, right, bottom, top] = run.ends;
      const across = (event.clientX - box.left) / box.width;
      const up = 1 - (event.clientY - box.top) / box.height;
      const [x, y] = [left + across * (right - left), bottom + up * (top - bottom)];
      if (drawing) {
        addPoint(x, y);
        return;
      }
      let nearest = null;
      for (const part of view.test ? ["train", "test"] : ["train"]) {
        run.samples[part]?.y.forEach((_, index) => {
          const [px, py] = positionOf(run.samples[part], index);
          const far = ((px - x) / (right - left)) ** 2 + ((py - y) / (top - bottom)) ** 2;
          nearest = nearest && nearest.far <= far ? nearest : { part, index, far };
        });
      }
      if (nearest) {
        choose(nearest.part, nearest.index);
      }
    }

    function walk(event) {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (by) {
        event.preventDefault();
        another(by);
      }
    }

    function startDrawing() {
      playing = false;
      drawing = { rows: [], kind: 0 };
      run.ends = [-1.2, 1.2, -1.2, 1.2];
      parts.kinds.hidden = false;
      showKinds();
      draw();
      announce(say("Click on the map, or hold and move, to draw points of both classes."));
      parts.kinds.scrollIntoView({ block: "nearest" });
    }

    function showKinds() {
      parts.kinds.replaceChildren(
        make("p", {}, say("Click on the map, or hold and move, to draw points of both classes.")),
        ...["A", "B"].map((name, kind) =>
          button(name, () => {
            drawing.kind = kind;
            showKinds();
          }, { "aria-pressed": drawing.kind === kind, class: "pg-kind" })
        ),
        button(say("Clear"), startDrawing),
        button(say("Done"), () => {
          drawing = null;
          parts.kinds.hidden = true;
          apply();
        })
      );
    }

    function addPoint(x, y) {
      const last = drawing.rows.at(-1);
      if (last && Math.hypot(last[0] - x, last[1] - y) < 0.04) {
        return;
      }
      drawing.rows.push([Number(x.toFixed(3)), Number(y.toFixed(3)), drawing.kind]);
      drawMap();
      const counts = [0, 1].map((kind) => drawing.rows.filter((row) => row[2] === kind).length);
      if (Math.min(...counts) >= 4) {
        change({ data: { rows: drawing.rows, names: ["x1", "x2"], classes: ["A", "B"] }, loss: null });
      }
    }

    function drawnSamples() {
      return { columns: 2, x: drawing.rows.flatMap(([x, y]) => [x, y]), y: drawing.rows.map((row) => row[2]) };
    }

    async function openTable(file) {
      const found = await ask("table", { text: await file.files[0].text() });
      file.value = "";
      drawing = null;
      found.error ? complain(found.error) : change({ data: found.data, loss: null });
    }

    // -- the doctor, and the link ----------------------------------------------------------------------------

    async function askDoctor() {
      playing = false;
      parts.doctor.hidden = false;
      parts.doctor.textContent = say("The Doctor looks at the training …");
      const found = await ask("doctor", null).catch((error) => ({ text: error.message }));
      parts.doctor.textContent = found.text ?? found.error.text;
    }

    async function share() {
      const rest = await packed(JSON.stringify({ code: editor.get(), test: view.test, curve: view.curve }));
      const address = `${location.href.split("#")[0]}#playground/${rest}`;
      window.history.replaceState(null, "", address);
      opened = location.hash;
      parts.address.hidden = false;
      parts.address.value = address;
      parts.address.select();
      const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
      announce(copied ? say("The link is copied.") : say("This is the link."));
    }

    async function openShared(text) {
      try {
        const found = JSON.parse(await unpacked(text));
        view.test = parts.showTest.checked = found.test !== false;
        view.curve = found.curve ?? "loss";
        setCode(String(found.code));
        await load(String(found.code), null);
        return run !== null;
      } catch {
        complain({ text: say("The link is not whole."), line: null });
        return false;
      }
    }

    let opened = location.hash;
    element.addEventListener("shown", async ({ detail }) => {
      await prepared;
      if (location.hash !== opened) {
        opened = location.hash;
        await (detail && openShared(detail));
      }
    });

    // A stopped Python has lost its run: the code is run again when somebody asks for it.
    document.addEventListener("classroom-stopped", async () => {
      setPlaying(false);
      lost = true;
      await classroom.ready;
      complain({ text: say("Stopped. Reset runs the code again."), line: null });
    });
  };
})();
