"use strict";

window.mountLessons = (element, classroom) => {
  element.textContent = classroom.data("lessons").map((lesson) => lesson.title[classroom.language]).join(", ");
};
