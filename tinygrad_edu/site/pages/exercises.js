"use strict";

// The exercises: the task, an editor, the checks and their sentences, hints one by one, and the solution after them.
// Code and progress are kept by the browser, and can be saved as a file and opened again.

window.mountExercises = (element, classroom) => {
  const { word, language } = classroom;
  const exercises = classroom.data("exercises");
  const SECONDS = 20; // that a check may take: Python in a browser is slower than the five seconds elsewhere
  const KEY = "tinygrad_edu exercises";
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const button = (text, onclick, className = "") => make("button", { type: "button", textContent: word(text), onclick, className });

  // -- what is kept: {name: {code, passed, of, hints}}

  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // another page's text, or a browser that keeps nothing: the exercises work without
  }

  function keep(name, changes) {
    kept[name] = { ...kept[name], ...changes };
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      note.textContent = word("This browser keeps nothing of this page: save your progress as a file.");
    }
    list();
  }

  const isDone = ({ name }) => kept[name]?.of > 0 && kept[name].passed === kept[name].of;

  // -- the frame

  const names = make("ol", { className: "exercise-list" });
  const count = make("p", { className: "quiet" });
  const note = make("p", { className: "warning" });
  note.setAttribute("role", "status");
  const input = make("input", { type: "file", accept: ".json,application/json", hidden: true });
  const files = make(
    "div",
    { className: "bar" },
    button("Save progress as a file", save),
    button("Open a file of progress", () => input.click()),
    input
  );
  const panel = make("article", { className: "exercise" });
  const side = make("nav", { className: "exercise-side" }, count, names, files, note);
  side.setAttribute("aria-label", word("Exercises"));
  element.append(make("div", { className: "exercise-page" }, side, panel));

  function list() {
    const done = exercises.filter(isDone).length;
    count.textContent = word("{done} of {count} solved", { done, count: exercises.length });
    names.replaceChildren(
      ...exercises.map((one) => {
        const state = isDone(one) ? "✓" : kept[one.name] ? "·" : "";
        const mark = make("span", { className: "mark", textContent: state });
        mark.setAttribute("aria-label", isDone(one) ? word("solved") : state ? word("begun") : "");
        mark.setAttribute("role", "img");
        const link = make("a", { href: `#exercises/${one.name}` }, ...(state ? [mark] : []), `${one.number} ${one.texts[language].title}`);
        link.setAttribute("aria-current", one === current ? "true" : "false");
        return make("li", {}, link);
      })
    );
  }

  // -- one exercise

  let current = null;

  function show(name) {
    const wanted = exercises.find((one) => one.name === name) ?? current ?? exercises.find((one) => !isDone(one)) ?? exercises[0];
    if (wanted === current) {
      return;
    }
    current = wanted;
    list();
    const text = current.texts[language];
    const place = make("div", { className: "code" });
    const verdict = make("div", { className: "verdict" });
    verdict.setAttribute("role", "status");
    const hints = make("ol", { className: "hints" });
    const check = button("Check", run, "main");
    const hint = button("Hint", () => moreHints(hints, hint));
    const again = button("Begin again", () => confirm(word("Your code of this exercise will be lost.")) && editor.set(current.starter[language]));
    panel.replaceChildren(
      make("h2", { textContent: `${current.number} ${text.title}` }),
      make("div", { className: "task", innerHTML: markdown(text.body) }),
      place,
      make("div", { className: "bar" }, check, hint, again),
      verdict,
      hints
    );
    panel.querySelectorAll("pre").forEach((block) => (block.tabIndex = 0));
    const mine = current;
    const editor = classroom.editor(place, {
      code: kept[current.name]?.code ?? current.starter[language],
      label: word("Your code"),
      onchange: (code) => keep(mine.name, { code }),
      keys: { "Shift-Enter": run, "Mod-Enter": run },
    });
    const seen = kept[current.name]?.hints ?? 0;
    for (const one of text.hints.slice(0, seen)) {
      hints.append(make("li", { innerHTML: markdown(one) }));
    }
    if (seen >= text.hints.length) {
      hint.textContent = word("Solution");
    }

    async function run() {
      if (check.disabled) {
        return;
      }
      check.disabled = true;
      verdict.replaceChildren(make("p", { className: "quiet", textContent: word("Checking …") }));
      let late = false;
      let watch = null;
      const end = classroom.listen("checking", () => {
        watch = setTimeout(() => ((late = true), classroom.stop()), SECONDS * 1000);
      });
      try {
        const found = await classroom.call("tinygrad_edu.site.checking.check", { name: mine.name, own: mine.own, code: editor.get() });
        keep(mine.name, { passed: found.passed, of: found.of, code: editor.get() });
        tell(verdict, found);
      } catch (error) {
        const text = late
          ? word("It did not end within {seconds} seconds: is there a loop without an end?", { seconds: SECONDS })
          : error.message;
        verdict.replaceChildren(make("p", { className: "warning", textContent: text }));
      } finally {
        clearTimeout(watch);
        end();
        check.disabled = false;
      }
    }
  }

  function tell(verdict, found) {
    const rows = found.results.map(({ passed, title, why }) =>
      make(
        "li",
        { className: passed ? "passed" : "refused" },
        make("span", { className: "mark", textContent: passed ? "✓" : passed === null ? "–" : "✗", ariaHidden: "true" }),
        make("span", {}, title, ...(why ? [make("span", { className: "why", innerHTML: markdown(why) })] : []))
      )
    );
    const printed = found.printed.trim() ? [make("p", { className: "quiet", textContent: word("Your code printed:") }), make("pre", { tabIndex: 0, textContent: found.printed })] : [];
    const picture = found.picture ? [make("img", { src: `data:image/png;base64,${found.picture}`, alt: word("Picture of your solution") })] : [];
    const next = exercises[exercises.indexOf(current) + 1];
    const onward = found.ok && next ? [make("p", {}, make("a", { href: `#exercises/${next.name}`, textContent: word("The next exercise") }))] : [];
    verdict.replaceChildren(make("p", { className: found.ok ? "solved" : "", textContent: found.summary }), make("ul", {}, ...rows), ...printed, ...picture, ...onward);
  }

  function moreHints(hints, hint) {
    const texts = current.texts[language].hints;
    const seen = kept[current.name]?.hints ?? 0;
    if (seen < texts.length) {
      hints.append(make("li", { innerHTML: markdown(texts[seen]) }));
      keep(current.name, { hints: seen + 1 });
    } else if (!hints.nextElementSibling) {
      const place = make("div", { className: "code" });
      hints.after(make("p", { textContent: word("One way to solve it:") }), place);
      classroom.editor(place, { code: current.solution, readonly: true, label: word("Solution") });
    }
    if (seen + 1 >= texts.length) {
      hint.textContent = word("Solution");
    }
  }

  // -- progress as a file

  function save() {
    const text = JSON.stringify({ tinygrad_edu: classroom.data("version"), exercises: kept }, null, 1);
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    make("a", { href: address, download: "exercises.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  input.addEventListener("change", async () => {
    try {
      const found = JSON.parse(await input.files[0].text()).exercises;
      for (const { name } of exercises) {
        const { code, passed, of, hints } = found[name] ?? {};
        if (typeof code === "string" || Number.isInteger(of)) {
          keep(name, { ...(typeof code === "string" && { code }), passed: Number(passed) || 0, of: Number(of) || 0, hints: Number(hints) || 0 });
        }
      }
      note.textContent = word("The progress of the file is here now.");
      const name = current.name;
      current = null;
      show(name);
    } catch {
      note.textContent = word("That file holds no progress of these exercises.");
    }
    input.value = "";
  });

  list();
  element.addEventListener("shown", ({ detail }) => show(detail));
};
