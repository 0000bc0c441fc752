import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { bind, connect, type Frames } from "../../lib/report/zmtp.ts";

const bytes = (text: string) => new TextEncoder().encode(text), text = (frame: Uint8Array) => new TextDecoder().decode(frame);

function freeAddress(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return `tcp://127.0.0.1:${listener.addr.port}`;
}

/** Collects messages; `next` waits for one more. */
function inbox() {
  const arrived: Frames[] = [], waiting: ((frames: Frames) => void)[] = [];
  const take = (frames: Frames) => void (waiting.shift() ?? ((frames: Frames) => arrived.push(frames)))(frames);
  return {
    take,
    arrived,
    next: () => arrived.length > 0 ? Promise.resolve(arrived.shift()!) : new Promise<Frames>((resolve) => waiting.push(resolve)),
  };
}

Deno.test("bind() as ROUTER answers each DEALER by its identity, given or not", async () => {
  const address = freeAddress(), here = [inbox(), inbox()];
  const named = connect("DEALER", address, here[0].take, "named"), unnamed = connect("DEALER", address, here[1].take); // before the other side is there
  named.send([bytes("one"), bytes("two")]);
  unnamed.send([bytes("three")]);
  await sleep(50);
  const router = bind("ROUTER", address, ([identity, ...rest]) => router.send([identity, bytes("re"), ...rest]));
  assert.deepEqual((await here[0].next()).map(text), ["re", "one", "two"]);
  assert.deepEqual((await here[1].next()).map(text), ["re", "three"]);
  router.send([bytes("nobody"), bytes("lost")]); // as a ROUTER does
  for (const socket of [named, unnamed, router]) socket.close();
});

Deno.test("connect() carries frames of every length whole and in order", async () => {
  const address = freeAddress(), here = inbox();
  const router = bind("ROUTER", address, (frames) => here.take(frames.slice(1)));
  const dealer = connect("DEALER", address, () => {});
  for (const length of [0, 1, 255, 256, 70_000, 3_000_000]) {
    const frame = Uint8Array.from({ length }, (_, index) => index % 251);
    dealer.send([frame, bytes("end")]);
    const [whole, end] = await here.next();
    assert.ok(whole.length === length && whole.every((byte, index) => byte === frame[index]), `${length} bytes`);
    assert.equal(text(end), "end");
  }
  dealer.close();
  router.close();
});

Deno.test("bind() as PUB reaches every SUB, and keeps the order of 1,000 messages", async () => {
  const address = freeAddress(), heres = [inbox(), inbox()];
  const publisher = bind("PUB", address);
  const subscribers = heres.map(({ take }) => connect("SUB", address, take));
  await sleep(100);
  for (let index = 0; index < 1000; index++) publisher.send([bytes(`${index}`)]);
  for (const here of heres) for (let index = 0; index < 1000; index++) assert.equal(text((await here.next())[0]), `${index}`);
  for (const socket of [...subscribers, publisher]) socket.close();
});

Deno.test("bind() survives a visitor that speaks something else", async () => {
  const address = freeAddress(), here = inbox();
  const router = bind("ROUTER", address, (frames) => here.take(frames.slice(1)));
  const visitor = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(address.replace("tcp", "http")).port) });
  await visitor.write(bytes("GET / HTTP/1.1\r\n\r\n".padEnd(64)));
  while (await visitor.read(new Uint8Array(64)) !== null); // until it is shown the door
  visitor.close();
  const dealer = connect("DEALER", address, () => {});
  dealer.send([bytes("after")]);
  assert.deepEqual((await here.next()).map(text), ["after"]);
  dealer.close();
  router.close();
});

Deno.test("bind() shows a visitor the door whose READY is malformed, and serves the others", async () => {
  const malformed = {
    "empty": [],
    "another command": [5, ...bytes("ERROR"), 3, ...bytes("why")],
    "a name beyond the end": [5, ...bytes("READY"), 200, 65],
    "a value's length beyond the end": [5, ...bytes("READY"), 1, 65, 0, 0],
    "a value beyond the end": [5, ...bytes("READY"), 1, 65, 255, 255, 255, 255, 65],
  };
  const address = freeAddress(), here = inbox();
  const router = bind("ROUTER", address, (frames) => here.take(frames.slice(1)));
  for (const [what, command] of Object.entries(malformed)) {
    const visitor = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(address.replace("tcp", "http")).port) });
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, ...bytes("NULL")]);
    await visitor.write(greeting);
    await visitor.write(Uint8Array.from([4, command.length, ...command])); // 4: a command
    while (await visitor.read(new Uint8Array(64)).catch(() => null) !== null); // until it is shown the door
    visitor.close();
    const dealer = connect("DEALER", address, () => {});
    dealer.send([bytes(what)]);
    assert.deepEqual((await here.next()).map(text), [what]);
    dealer.close();
  }
  router.close();
});

Deno.test("bind() as PUB takes a subscription of any length", async () => {
  const address = freeAddress(), here = inbox(), long = "x".repeat(300_000);
  const publisher = bind("PUB", address), subscriber = connect("SUB", address, here.take);
  subscriber.send([bytes(`\u0001${long}`)]);
  await sleep(100);
  publisher.send([bytes(long), bytes("still there")]);
  assert.deepEqual((await here.next()).map(text), [long, "still there"]);
  subscriber.close();
  publisher.close();
});
