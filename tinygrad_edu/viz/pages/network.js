{
  const { frames, autoplay } = pageData();
  const view = document.getElementById("picture");
  const LETTERS = 25; // pixels, in the picture
  let now = 0;

  function show(k) {
    now = k;
    view.innerHTML = frames[k].svg;
    fit();
    return frames[k].caption;
  }

  // Where the picture is wider than the window, what is new comes into sight.
  function fit() {
    const svg = view.querySelector("svg");
    fitPicture(svg, smallestLetter(), LETTERS);
    const [from, to] = frames[now].focus;
    view.scrollLeft = ((from + to) / 2) * svg.clientWidth - view.clientWidth / 2;
  }

  addEventListener("resize", fit);
  player(frames.length, show, autoplay);
  fit();
}
