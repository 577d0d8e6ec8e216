"use strict";

// Runs Python in a thread of its own. The page sends the files of Pyodide and of this package, then calls of Python's
// functions; what Python prints and posts goes back as messages. Nothing is asked of a network: `fetch` knows these files.

const HERE = "https://classroom.invalid/"; // an address that is nowhere: each file is found by its name alone
const TYPES = { wasm: "application/wasm", json: "application/json", js: "text/javascript" };

let call = null;

function opened({ blob, packed }) {
  return packed ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob.stream();
}

async function start({ files, language }) {
  const response = (name) =>
    new Response(opened(files[name]), { headers: { "Content-Type": TYPES[name.split(".").pop()] ?? "application/zip" } });

  self.fetch = async (request) => {
    const name = String(request.url ?? request).split("/").pop();
    if (!Object.hasOwn(files, name)) {
      throw new TypeError(`This page asks nothing of a network: ${name}`);
    }
    return response(name);
  };
  for (const name of ["pyodide.asm.js", "pyodide.js"]) {
    const text = await response(name).text();
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    importScripts(address);
    URL.revokeObjectURL(address);
  }
  const wheels = JSON.parse(await response("pyodide-lock.json").text()).packages;
  const [pyodide, archive] = await Promise.all([
    loadPyodide({ indexURL: HERE, packages: Object.keys(wheels), stdout: () => {}, stderr: () => {} }),
    response("package.zip").arrayBuffer(),
  ]);
  const place = pyodide.runPython("import sysconfig; sysconfig.get_path('purelib')");
  pyodide.unpackArchive(archive, "zip", { extractDir: place });
  self.postFromPython = (text) => self.postMessage(JSON.parse(text));
  const browser = pyodide.pyimport("tinygrad_edu.site.browser");
  browser.start(language);
  call = browser.call;
}

self.onmessage = async ({ data: message }) => {
  const { id, kind } = message;
  try {
    if (kind === "start") {
      await start(message);
      self.postMessage({ kind: "ready" });
    } else {
      const { value, error } = JSON.parse(await call(message.name, JSON.stringify(message.argument)));
      self.postMessage(error === undefined ? { kind: "done", id, value } : { kind: "failed", id, error });
    }
  } catch (error) {
    self.postMessage({ kind: "failed", id, error: String(error.message ?? error) });
  }
};
