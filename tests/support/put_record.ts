/** One of many writers: `put_record.ts FOLDER KEY NUMBER` prints `ready`, puts a large record as soon as stdin ends, prints `won` or `lost`. */
import { openStore } from "../../lib/experiment/store.ts";
import { fakeRecord, smallConfig } from "./fake_record.ts";

const [folder, key, number] = Deno.args;
const record = fakeRecord(smallConfig, key), store = await openStore(folder);
const stepLoss = Array.from({ length: 50_000 }, (_, i) => i / 7); // about 1 MB
const large = {
  ...record,
  result: { ...record.result, trainableParameters: Number(number), history: { ...record.result.history, stepLoss } },
};
console.log("ready");
await new Response(Deno.stdin.readable).arrayBuffer();
console.log(await store.put(large) ? "won" : "lost");
