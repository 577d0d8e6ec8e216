{
  const { pictures, pause } = pageData();
  const part = (id) => document.getElementById(id);
  const last = pictures.length - 1;
  let now = 0;
  let timer = null;

  function show(k) {
    now = Math.max(0, Math.min(k, last));
    part("picture").src = "data:image/png;base64," + pictures[now];
    part("place").value = now;
    part("number").textContent = `${now} / ${last}`;
    part("back").disabled = now === 0;
    part("step").disabled = now === last;
    if (now === last) stop();
  }

  function start() {
    if (now === last) show(0);
    timer = setInterval(() => show(now + 1), pause);
    part("play").textContent = say("Pause");
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    part("play").textContent = say("Play");
  }

  const go = (k) => {
    stop();
    show(k);
  };
  const playOrPause = () => (timer === null ? start() : stop());

  part("play").onclick = playOrPause;
  part("back").onclick = () => go(now - 1);
  part("step").onclick = () => go(now + 1);
  part("place").oninput = () => go(Number(part("place").value));

  const keys = {
    " ": playOrPause,
    ArrowLeft: () => go(now - 1),
    ArrowRight: () => go(now + 1),
    Home: () => go(0),
    End: () => go(last),
  };
  document.addEventListener("keydown", (event) => {
    const own = event.key === " " ? "button, input" : "input"; // what does something with this key itself
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(own)) return;
    event.preventDefault();
    keys[event.key]();
  });

  show(0);
}
