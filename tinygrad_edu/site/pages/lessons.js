"use strict";

// The lessons: texts and cells of code that run, one after the other or all at once. Cells share their names, as in a
// notebook; what a reader changes is kept while the page is open.

window.mountLessons = (element, classroom) => {
  const { word, language } = classroom;
  const lessons = classroom.data("lessons");
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  const choice = make("select", { id: "lesson" });
  for (const lesson of lessons) {
    choice.append(make("option", { value: lesson.name, textContent: lesson.title[language] }));
  }
  const runAll = make("button", { type: "button", className: "main", textContent: word("Run all cells") });
  const lost = make("p", { className: "warning", hidden: true, textContent: word("Python was stopped: what the cells had computed is lost. Run them again from the first on.") });
  lost.setAttribute("role", "status");
  const page = make("article", { className: "lesson" });
  element.append(
    make("div", { className: "bar" }, make("label", { htmlFor: "lesson", textContent: word("Lesson") }), choice, runAll),
    lost,
    page
  );

  let cells = [];
  let current = null;

  function show(name) {
    const lesson = lessons.find((one) => one.name === name) ?? lessons[0];
    if (lesson === current) {
      return;
    }
    current = lesson;
    choice.value = lesson.name;
    lost.hidden = true;
    page.replaceChildren();
    cells = [];
    for (const cell of lesson.cells) {
      if (cell.text) {
        page.append(make("div", { className: "text", innerHTML: markdown(cell.text[language]) }));
      } else {
        cells.push(codeCell(cell.code[language], cells.length + 1));
        page.append(cells.at(-1).element);
      }
    }
    page.querySelectorAll(".text h1").forEach((title) => title.replaceWith(make("h2", { innerHTML: title.innerHTML })));
    page.querySelectorAll("pre").forEach((block) => (block.tabIndex = 0));
  }

  function codeCell(code, number) {
    const output = make("div", { className: "output" });
    const button = make("button", { type: "button", textContent: word("Run") });
    button.setAttribute("aria-label", word("Run cell {number}", { number }));
    const place = make("div", { className: "code" });
    const cell = {
      element: make("div", { className: "cell" }, make("div", { className: "run" }, button), place, output),
      async run() {
        button.disabled = true;
        cell.element.classList.add("running");
        const end = shownAsPrinted(output);
        try {
          const { ok, outputs } = await classroom.call("cell", cell.editor.get());
          output.replaceChildren(...outputs.map(shown));
          return ok;
        } catch (error) {
          end();
          output.append(make("pre", { className: "error", tabIndex: 0, textContent: error.message }));
          return false;
        } finally {
          end();
          button.disabled = false;
          cell.element.classList.remove("running");
        }
      },
    };
    cell.editor = classroom.editor(place, {
      code,
      label: word("Code of cell {number}", { number }),
      keys: { "Shift-Enter": () => cell.run(), "Mod-Enter": () => cell.run() },
    });
    button.addEventListener("click", () => cell.run());
    return cell;
  }

  // What a cell prints appears as it comes, before the whole of it.
  function shownAsPrinted(output) {
    const live = make("pre", { tabIndex: 0 });
    output.replaceChildren();
    const end = classroom.listen("printed", (text) => {
      live.textContent += text;
      output.replaceChildren(live);
    });
    return end;
  }

  function shown({ kind, data }) {
    if (kind === "png") {
      return make("img", { src: `data:image/png;base64,${data}`, alt: word("Plot of this cell") });
    }
    if (kind === "html" || kind === "svg") {
      const box = make("div", { className: kind, innerHTML: data });
      box.querySelectorAll("iframe").forEach((frame) => frame.setAttribute("sandbox", "allow-scripts"));
      return box;
    }
    return make("pre", { className: kind, tabIndex: 0, textContent: data });
  }

  runAll.addEventListener("click", async () => {
    runAll.disabled = true;
    lost.hidden = true;
    for (const cell of cells) {
      cell.element.scrollIntoView({ block: "nearest" });
      if (!(await cell.run())) {
        break;
      }
    }
    runAll.disabled = false;
  });
  choice.addEventListener("change", () => (location.hash = `lessons/${choice.value}`));
  document.addEventListener("classroom-stopped", () => (lost.hidden = !page.querySelector(".output:not(:empty)")));
  element.addEventListener("shown", ({ detail }) => show(detail || current?.name));
};
