"use strict";

// The frame of the page: its views, chosen by the address after #, the state of Python, the language, light and dark.
{
  const { word } = classroom;
  const views = { playground: word("Playground"), lessons: word("Lessons"), exercises: word("Exercises") };
  const mounts = { playground: window.mountPlayground, lessons: window.mountLessons, exercises: window.mountExercises };
  const byId = (id) => document.getElementById(id);

  document.documentElement.lang = classroom.language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.textContent);
  }
  for (const element of document.querySelectorAll("[data-word-label]")) {
    element.setAttribute("aria-label", word(element.dataset.wordLabel));
  }
  byId("made-with").textContent = word("Made with tinygrad_edu {version}.", { version: classroom.data("version") });

  // -- views: #playground, #lessons/05_backpropagation, …; a view gets the rest of the address as the event `shown`

  const shown = Object.keys(views).filter((name) => mounts[name]);
  for (const name of shown) {
    const link = document.createElement("a");
    link.href = `#${name}`;
    link.textContent = views[name];
    byId("views").append(link);
  }

  const mounted = new Set();

  function route() {
    const [name, ...rest] = location.hash.slice(1).split("/");
    const view = shown.includes(name) ? name : shown[0];
    for (const other of Object.keys(views)) {
      byId(`view-${other}`).hidden = other !== view;
    }
    for (const link of byId("views").children) {
      link.setAttribute("aria-current", link.hash === `#${view}` ? "page" : "false");
    }
    const element = byId(`view-${view}`);
    if (!mounted.has(view)) {
      mounted.add(view);
      mounts[view](element, classroom);
    }
    document.title = `${views[view]} · tinygrad_edu`;
    element.dispatchEvent(new CustomEvent("shown", { detail: rest.join("/") }));
  }

  addEventListener("hashchange", () => location.hash !== "#main" && route());
  route();

  // -- the state of Python

  let isReady = false;

  function watch() {
    isReady = false;
    byId("state").textContent = word("Python is starting …");
    const mine = classroom.ready;
    mine.then(
      () => {
        if (mine === classroom.ready) {
          isReady = true;
          byId("state").textContent = word("Python is ready.");
        }
      },
      (error) => {
        const beside = location.protocol === "file:" && !classroom.data("inside");
        const why = word(
          "A browser opens this form of the page from a web server only; for a double-click, build it with --one-file."
        );
        byId("state").textContent = `${word("Python could not start.")} ${beside ? why : error.message}`;
        byId("state").classList.add("warning");
      }
    );
  }

  document.addEventListener("classroom", ({ detail: { busy } }) => {
    byId("stop").disabled = !busy;
    if (isReady) {
      byId("state").textContent = busy ? word("Python is running …") : word("Python is ready.");
    }
  });
  document.addEventListener("classroom-stopped", watch);
  byId("stop").addEventListener("click", () => classroom.stop());
  watch();

  // -- language and colours

  const other = byId("other-language");
  const language = classroom.languages.find((one) => one !== classroom.language);
  other.textContent = { en: "English", es: "Español" }[language];
  other.lang = language;
  other.addEventListener("click", () => (other.href = `?lang=${language}${location.hash}`));

  const theme = byId("theme");
  const setDark = (dark) => {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    theme.setAttribute("aria-pressed", dark);
    document.dispatchEvent(new CustomEvent("theme", { detail: { dark } }));
  };
  theme.addEventListener("click", () => setDark(theme.getAttribute("aria-pressed") !== "true"));
  setDark(matchMedia("(prefers-color-scheme: dark)").matches);
}
