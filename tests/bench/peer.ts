import assert from "node:assert/strict";
import { createPeer, peerSides } from "../../bench/peer.ts";
import { obtainPeerPython } from "../../bench/peer_python.ts";

/** A stand-in for bench/peer/main.py: what it answers depends on a word in the job. */
const standIn = `while read -r job; do
  case $(cat "$job") in
    *bad*) echo '{"mode":"f32","error":"ValueError: no such thing"}';;
    *talks*) echo 'Loading weights';;
    *gone*) echo 'Traceback' >&2; echo 'MemoryError: too large' >&2; exit 1;;
    *) echo '{"mode":"f32","seconds":[0.5],"evidence":[0.7,0.6]}';;
  esac
done
`;

Deno.test({
  name: "createPeer() gives a job at a time to one process and says what went wrong",
  ignore: Deno.build.os === "windows", // the stand-in for Python is a shell script
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/peer.sh`, standIn);
      const peer = createPeer({ python: "sh", folder, threads: 2, program: `${folder}/peer.sh` });
      assert.deepEqual(await peer.run({ kind: "good" }, "f32"), { seconds: [0.5], evidence: [0.7, 0.6] });
      assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/job-0.json`)), { kind: "good", threads: 2, modes: ["f32"] });
      await assert.rejects(peer.run({ kind: "bad" }, "f32"), {
        name: "ModeError",
        message: "Cannot time PyTorch as its mode f32 must run: ValueError: no such thing",
      });
      await assert.rejects(peer.run({ kind: "talks" }, "f32"), {
        message: "Cannot time PyTorch as its process must answer in JSON: Loading weights",
      });
      await assert.rejects(peer.run({ kind: "gone" }, "f32"), {
        name: "Error",
        message: "Cannot time PyTorch as bench/peer must answer: MemoryError: too large",
      });
      await peer.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("createPeer() starts nothing before the first job", async () => {
  await createPeer({ python: "/nowhere/python", folder: "/nowhere", threads: 1 }).close();
});

Deno.test("peerSides() warms with the smaller job, whose outcome says nothing", async () => {
  const jobs: string[] = [];
  const peer = {
    run: ({ kind }: { kind: string }, mode: string) => {
      jobs.push(`${kind} ${mode}`);
      return Promise.resolve({ seconds: [1], evidence: [0.5] });
    },
    close: () => Promise.resolve(),
  };
  const [side] = peerSides(peer, ["f32"], { kind: "whole" }, null, { kind: "small" });
  assert.deepEqual([await side.run(true), await side.run(false)], [{ seconds: [], evidence: [] }, { seconds: [1], evidence: [0.5] }]);
  assert.deepEqual(jobs, ["small f32", "whole f32"]);
  assert.deepEqual(peerSides(null, ["f32"], { kind: "whole" }, null), []);
});

Deno.test("obtainPeerPython() says how to do without a Python that lacks the packages", async () => {
  await assert.rejects(
    obtainPeerPython(() => {}, "/nowhere/python"),
    /^Error: Cannot time PyTorch as \/nowhere\/python must have torch, transformers, peft, accelerate: .*\. You can set LOWRANK_PYTHON_PEER to .*, or give --no-peer$/,
  );
});
