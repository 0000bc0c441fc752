// Runs in the reader's browser: draws a surface, or dots to point at, when its fold is opened. Only then is the library unpacked, and run.
(() => {
  let library;
  async function unpack() {
    const packed = document.getElementById("plotly").textContent;
    const bytes = new Blob([Uint8Array.from(atob(packed), (character) => character.charCodeAt(0))]);
    const script = document.createElement("script");
    script.textContent = await new Response(bytes.stream().pipeThrough(new DecompressionStream("gzip"))).text();
    document.head.append(script);
    return globalThis.Plotly;
  }

  async function draw(fold) {
    const host = fold.querySelector("[role=img]");
    try {
      const { data, layout } = JSON.parse(document.getElementById(fold.dataset.surface).textContent),
        isFlat = data.every(({ type }) => type === "scatter");
      if (!isFlat && !document.createElement("canvas").getContext("webgl")) throw new Error("this browser draws no WebGL");
      const plotly = await (library ??= unpack());
      await plotly.newPlot(host, data, layout, { displayModeBar: false, responsive: true });
      fold.dataset.drawn = "true";
    } catch (error) {
      fold.dataset.failed = error.message;
      host.textContent = `Not drawn: ${error.message}. The picture above shows the same values.`;
    }
  }

  for (const fold of document.querySelectorAll("details.surface")) {
    fold.addEventListener("toggle", () => fold.open && !fold.dataset.drawn && draw(fold));
  }
})();
