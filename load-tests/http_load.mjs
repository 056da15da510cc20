// Output tokens a second over HTTP and SSE, all clients at once; for a model of random_gpt2.py.
// Usage: node http_load.mjs URL MODEL [CLIENTS,...]     Each list of clients is measured twice; the first warms up.
// Every prompt is different: 128 random words in, 64 tokens out, greedy. Tokens are those that usage tells.
import net from 'node:net';

const [url, model, list = '1,8,32'] = process.argv.slice(2);
if (!url || !model) {
  console.error('usage: node http_load.mjs URL MODEL [CLIENTS,...]');
  process.exit(2);
}
const PROMPT_TOKENS = 128, OUTPUT_TOKENS = 64, VOCABULARY = 50257;
const target = new URL(url);
let seed = 1;
const random = (bound) => (seed = (seed * 1103515245 + 12345) % 2147483648) % bound;

// Over a bare socket, and looked at once it is complete: what the load generator computes, the server cannot.
const END_OF_BODY = Buffer.from('\r\n0\r\n\r\n');

class Connection {
  #socket = net.connect({ host: target.hostname, port: target.port || 80, noDelay: true });
  #received = [];
  /** What came last; the end of a body may come in pieces. */
  #tail = Buffer.alloc(0);
  #firstMillis = 0;
  #start = 0;
  #settle;

  constructor() {
    this.#socket.on('data', (data) => {
      this.#received.push(data);
      // The head and a comment come with the admission, ahead of any token.
      if (!this.#firstMillis && data.includes('data:')) this.#firstMillis = performance.now() - this.#start;
      this.#tail = Buffer.concat([this.#tail, data.subarray(-END_OF_BODY.length)]).subarray(-END_OF_BODY.length);
      if (this.#tail.equals(END_OF_BODY) || this.#isRefusal()) this.#finish();
    });
    this.#socket.on('error', (error) => this.#settle?.reject(error));
    this.#socket.on('close', () => this.#settle?.reject(new Error('the connection was closed')));
  }

  /** An answer that is no stream has a length. */
  #isRefusal() {
    if (this.#firstMillis) return false;
    const text = Buffer.concat(this.#received).toString();
    const length = /content-length: (\d+)/i.exec(text);
    const head = text.indexOf('\r\n\r\n');
    return length && head >= 0 && Buffer.byteLength(text) >= head + 4 + Number(length[1]);
  }

  #finish() {
    const text = Buffer.concat(this.#received).toString();
    this.#received = [];
    this.#tail = Buffer.alloc(0);
    const counts = [...text.matchAll(/"completion_tokens":(\d+)/g)];
    if (!text.startsWith('HTTP/1.1 200') || counts.length === 0) {
      this.#settle.reject(new Error(text.slice(0, 300)));
    } else {
      this.#settle.resolve({ tokens: Number(counts.at(-1)[1]), firstMillis: this.#firstMillis });
    }
  }

  generate() {
    const prompt = Array.from({ length: PROMPT_TOKENS }, () => 'w' + random(VOCABULARY)).join(' ');
    const body = JSON.stringify({ model, prompt, max_tokens: OUTPUT_TOKENS, temperature: 0, stream: true,
      stream_options: { include_usage: true } });
    this.#firstMillis = 0;
    this.#start = performance.now();
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(`POST ${target.pathname.replace(/\/$/, '')}/v1/completions HTTP/1.1\r\nhost: ${target.host}\r\n`
        + `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close() {
    this.#settle = undefined;
    this.#socket.destroy();
  }
}

async function measure(clients) {
  const each = clients === 1 ? 6 : 3;
  const results = [];
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    const connection = new Connection();
    for (let i = 0; i < each; i++) results.push(await connection.generate());
    connection.close();
  }));
  const seconds = (performance.now() - start) / 1000;
  const tokens = results.reduce((sum, result) => sum + result.tokens, 0);
  const firsts = results.map((result) => result.firstMillis).sort((a, b) => a - b);
  console.log(`${clients} clients: ${(tokens / seconds).toFixed(0)} tokens/s (${tokens} tokens), `
    + `first token after ${firsts[firsts.length >> 1].toFixed(0)} ms (median)`);
}

for (let round = 0; round < 2; round++) {
  for (const clients of list.split(',').map(Number)) await measure(clients);
}
