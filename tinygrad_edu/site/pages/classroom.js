"use strict";

// The page's Python, as `window.classroom`: it runs in a worker, and one more is kept warm, so that a stopped one is
// replaced at once. Teachers' scripts may use `classroom.ready` and `classroom.run(code)`.

const classroom = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const asked = new URLSearchParams(location.search).get("lang");
  const language = data.languages.includes(asked) ? asked : data.language;
  const source = new Blob([document.getElementById("worker").textContent], { type: "text/javascript" });
  const listeners = new Map(); // functions by topic
  const waiting = new Map(); // calls that the worker has not answered, by number
  let count = 0;
  let active = null;
  let spare = null;

  // The files that a worker needs: from inside the page, or from beside it.
  async function file(name) {
    const inside = document.querySelector(`script[data-file="${name}"]`);
    const address = inside ? `data:application/octet-stream;base64,${inside.textContent}` : `files/${name}`;
    const response = await fetch(address);
    if (!response.ok) {
      throw new Error(`${name}: ${response.status}`);
    }
    const blob = await response.blob();
    inside?.remove(); // the text is not needed any more, and long
    return [name, { blob, packed: Boolean(inside) }];
  }

  let files = null;

  function worker() {
    const address = URL.createObjectURL(source);
    const made = { worker: new Worker(address) };
    made.ready = new Promise((resolve, reject) => {
      made.worker.onmessage = ({ data: message }) => {
        if (message.kind === "ready") {
          URL.revokeObjectURL(address);
          resolve(made);
        } else if (message.kind === "failed" && message.id === undefined) {
          reject(new Error(message.error));
        } else if (made === active) {
          received(message);
        }
      };
      made.worker.onerror = (event) => reject(new Error(event.message || "Worker"));
    });
    made.ready.catch(() => {});
    files ??= Promise.all(data.files.map(file)).then(Object.fromEntries);
    made.started = files.then(
      (found) => made.worker.postMessage({ kind: "start", files: found, language }),
      (error) => made.worker.onerror({ message: error.message })
    );
    return made;
  }

  function received(message) {
    if (message.kind === "post") {
      (listeners.get(message.topic) ?? []).forEach((listener) => listener(message.data));
      return;
    }
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    tell();
    if (message.kind === "done") {
      resolve?.(message.value);
    } else {
      reject?.(new Error(message.error));
    }
  }

  function tell() {
    document.dispatchEvent(new CustomEvent("classroom", { detail: { busy: waiting.size > 0 } }));
  }

  function take(made) {
    active = made;
    self.ready = made.ready.then(() => {
      tell();
      setTimeout(() => (spare ??= worker()), 1500); // when the page has settled
    });
    self.ready.catch(() => {});
  }

  const self = {
    language,
    languages: data.languages,
    ready: null,

    // Any part of what the builder gave the page: "lessons", "exercises", "plots", …
    data: (name) => data[name],

    // A text in the language of the page; {fields} are filled in.
    word: (text, fields = {}) =>
      (data.words[language]?.[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole),

    // Calls a function of Python by its dotted name (alone: of tinygrad_edu.site.browser) with one value that JSON can hold.
    async call(name, argument = null) {
      const made = active;
      const id = ++count;
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      tell();
      try {
        await made.ready;
      } catch (error) {
        waiting.get(id)?.reject(error);
        waiting.delete(id);
        tell();
      }
      if (waiting.has(id)) {
        made.worker.postMessage({ kind: "call", id, name, argument });
      }
      return answer;
    },

    // Runs code; the promise is kept with what it printed, or broken with the traceback.
    run: (code) => self.call("run", code),

    // Has a function called with what Python posts under a topic; gives a function that ends it.
    listen(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
      return () => listeners.set(topic, listeners.get(topic).filter((other) => other !== listener));
    },

    // Ends Python, whatever it does; the spare takes over. What was computed is lost.
    stop() {
      active.worker.terminate();
      const broken = [...waiting.values()];
      waiting.clear();
      take(spare ?? worker());
      spare = null;
      broken.forEach(({ reject }) => reject(Object.assign(new Error(self.word("Stopped.")), { stopped: true })));
      document.dispatchEvent(new CustomEvent("classroom-stopped"));
      tell();
      return self.ready;
    },

    editor: (element, options) => pythonEditor(element, options),
  };
  take(worker());
  return self;
})();
window.classroom = classroom;
