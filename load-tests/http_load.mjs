// Output tokens a second over HTTP and SSE, all clients at once; for a model of random_gpt2.py.
// Usage: node http_load.mjs URL MODEL [CLIENTS,...]     Each list of clients is measured twice; the first warms up.
// Every prompt is different: 128 random words in, 64 tokens out, greedy. Tokens are those that usage tells.
import http from 'node:http';

const [url, model, list = '1,8,32'] = process.argv.slice(2);
if (!url || !model) {
  console.error('usage: node http_load.mjs URL MODEL [CLIENTS,...]');
  process.exit(2);
}
const PROMPT_TOKENS = 128, OUTPUT_TOKENS = 64, VOCABULARY = 50257;
const agent = new http.Agent({ keepAlive: true });
let seed = 1;
const random = (bound) => (seed = (seed * 1103515245 + 12345) % 2147483648) % bound;

function generate() {
  const prompt = Array.from({ length: PROMPT_TOKENS }, () => 'w' + random(VOCABULARY)).join(' ');
  const body = { model, prompt, max_tokens: OUTPUT_TOKENS, temperature: 0, stream: true,
    stream_options: { include_usage: true } };
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } };
    const request = http.request(url + '/v1/completions', options, (response) => {
      let text = '', firstMillis = 0;
      response.on('data', (data) => {
        text += data;
        if (!firstMillis && text.includes('data:')) firstMillis = performance.now() - start;
      });
      response.on('end', () => {
        const counts = [...text.matchAll(/"completion_tokens":(\d+)/g)];
        if (response.statusCode !== 200 || counts.length === 0) {
          reject(new Error(response.statusCode + ' ' + text.slice(-300)));
        } else {
          resolve({ tokens: Number(counts.at(-1)[1]), firstMillis });
        }
      });
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

async function measure(clients) {
  const each = clients === 1 ? 6 : 3;
  const results = [];
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    for (let i = 0; i < each; i++) results.push(await generate());
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
agent.destroy();
