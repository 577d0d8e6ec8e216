// Graphviz, compiled for WASI, run by the WebAssembly of the browser. What WASI promises beyond arithmetic is answered
// here as by a machine without files, arguments or environment, which is all that a layout needs.
(bytes) => {
  const [SUCCESS, BAD_FILE, NO_ENTRY] = [0, 8, 44];
  const module = new WebAssembly.Module(bytes.slice());

  return (source, kind) => {
    let memory = null;
    const view = () => new DataView(memory.buffer);
    const zeros = (...places) => (places.forEach((place) => view().setUint32(place, 0, true)), SUCCESS);
    const lengths = (vectors, count) =>
      Array.from({ length: count }, (_, i) => view().getUint32(vectors + 8 * i + 4, true)).reduce((a, b) => a + b, 0);
    const noFile = () => BAD_FILE;
    const { exports } = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: {
        environ_get: () => SUCCESS,
        environ_sizes_get: (count, size) => zeros(count, size),
        clock_time_get: (clock, precision, place) => {
          view().setBigUint64(place, BigInt(Date.now()) * 1_000_000n, true);
          return SUCCESS;
        },
        random_get: (place, length) => {
          crypto.getRandomValues(new Uint8Array(memory.buffer, place, length));
          return SUCCESS;
        },
        fd_write: (file, vectors, count, written) => {
          view().setUint32(written, lengths(vectors, count), true); // messages: Graphviz keeps the last one itself
          return SUCCESS;
        },
        fd_read: (file, vectors, count, read) => zeros(read),
        fd_close: () => SUCCESS,
        fd_fdstat_get: noFile,
        fd_fdstat_set_flags: noFile,
        fd_filestat_get: noFile,
        fd_prestat_get: noFile,
        fd_prestat_dir_name: noFile,
        fd_seek: noFile,
        path_filestat_get: () => NO_ENTRY,
        path_open: () => NO_ENTRY,
        proc_exit: (status) => {
          throw new Error(`Graphviz ended with ${status}`);
        },
      },
    });
    memory = exports.memory;

    const place = (data) => {
      const address = exports.malloc(data.length);
      new Uint8Array(memory.buffer).set(data, address);
      return address;
    };
    const length = place(new Uint8Array(4));
    const texts = [source, kind, "dot"].map((text) => place(new TextEncoder().encode(`${text}\0`)));
    const picture = exports.graphviz_render(...texts, length);
    if (picture === 0) {
      const start = exports.graphviz_last_error();
      const bytes = new Uint8Array(memory.buffer, start, Math.min(1000, memory.buffer.byteLength - start));
      throw new Error(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))) || "no reason given");
    }
    return new Uint8Array(memory.buffer, picture, view().getUint32(length, true)).slice();
  };
};
