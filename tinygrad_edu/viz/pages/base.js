"use strict";

// What all pages share: the data that Python wrote into the page, and the button for light and dark.

function pageData() {
  return JSON.parse(document.getElementById("data").textContent);
}

// A text in the language of the page: the table of Python has it, where that is not English.
const texts = pageData()?.texts ?? {};
const say = (text) => texts[text] ?? text;

{
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");

  const setDark = (dark) => {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    button.setAttribute("aria-pressed", dark);
    document.dispatchEvent(new Event("theme"));
  };

  button.addEventListener("click", () => setDark(button.getAttribute("aria-pressed") !== "true"));
  system.addEventListener("change", () => setDark(system.matches));
  setDark(system.matches);
}
