/** A figure as a picture that needs no script: for files, previews and readers without JavaScript. */
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Spec } from "./figure.ts";

/** Renders a Vega-Lite spec to SVG text. Anything that Vega warns of is an error here. */
export async function renderSvg({ spec }: { readonly spec: Spec }): Promise<string> {
  const view = new View(parse(compileSpec(spec), undefined), { renderer: "none", logger: strictLogger() });
  try {
    return withoutTails(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Hundredths of a pixel are enough for geometry: a figure has thousands of marks, and each would be twice as long. */
function withoutTails(svg: string): string {
  return svg.replace(/ (?:transform|d|[xy][12]?|width|height)="[^"]*"/g, (attribute) => attribute.replace(/(\.\d\d)\d+/g, "$1"));
}

/** Vega-Lite -> Vega, with warnings as errors. */
export function compileSpec(spec: Spec) {
  return compile(spec as unknown as TopLevelSpec, { logger: strictLogger() }).spec;
}

function strictLogger() {
  const fail = (...messages: readonly unknown[]): never => {
    throw new Error(`Cannot draw figure as its spec must compile without warnings: ${messages.join(" ")}`);
  };
  const logger = { level: () => logger, error: fail, warn: fail, info: () => logger, debug: () => logger };
  return logger as typeof logger & { level(value: number): typeof logger; level(): number };
}
