"use strict";

window.mountExercises = (element, classroom) => {
  element.textContent = classroom.data("exercises").map((one) => one.texts[classroom.language].title).join(", ");
};
