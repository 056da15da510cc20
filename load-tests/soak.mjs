// Many generations of mixed shapes against a running server on this machine, and its memory meanwhile.
// Usage: node soak.mjs URL MODEL PID [GENERATIONS] [CLIENTS]     10000 generations, 24 clients where nothing is said
// Prompts of 1 to 90 words, 1 to 48 tokens out; greedy, top_k, top_p, min_p, penalties, log probabilities; streamed or not;
// one in 20 is left by its client midway, one in 50 is no valid request. Ends with status 1 where something other than
// that fails, or where the memory of the last quarter is above that of the third by more than GROWTH_MAX: the first half
// fills caches (oneDNN's code for each shape, kept prefixes, the heap).
import http from 'node:http';
import { readFileSync } from 'node:fs';

const [url, model, pid, generationsText = '10000', clientsText = '24'] = process.argv.slice(2);
if (!url || !model || !pid) {
  console.error('usage: node soak.mjs URL MODEL PID [GENERATIONS] [CLIENTS]');
  process.exit(2);
}
const GENERATIONS = Number(generationsText), CLIENTS = Number(clientsText), SAMPLES = 40, GROWTH_MAX = 0.01;
const WORDS = 'what is a cache batch token slot queue worker gateway stream prompt prefill decode model the and of in'.split(' ');
const agent = new http.Agent({ keepAlive: true });
let seed = 7;
const random = (bound) => (seed = (seed * 1103515245 + 12345) % 2147483648) % bound;
const counts = { done: 0, tokens: 0, cancelled: 0, refused: 0 };
const samples = [];

function body(invalid) {
  const prompt = Array.from({ length: 1 + random(90) }, () => WORDS[random(WORDS.length)]).join(' ');
  const request = { model, prompt, max_tokens: 1 + random(48), stream: random(2) === 0, ignore_eos: true };
  if (request.stream) request.stream_options = { include_usage: true };
  const ways = [
    () => { request.temperature = 0; },
    () => { request.temperature = 0.8; request.top_k = 1 + random(60); },
    () => { request.temperature = 1; request.top_p = 0.9; },
    () => { request.temperature = 1; request.min_p = 0.05; },
    () => { request.temperature = 0.7; request.presence_penalty = 0.5; },
    () => { request.temperature = 0; request.logprobs = 1 + random(4); },
  ];
  ways[random(ways.length)]();
  if (invalid) request.temperature = 99;
  return request;
}

function generate() {
  const invalid = random(50) === 0, leaves = !invalid && random(20) === 0;
  const request = body(invalid);
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } };
    const call = http.request(url + '/v1/completions', options, (response) => {
      let text = '';
      response.on('data', (data) => {
        text += data;
        if (leaves) { counts.cancelled++; call.destroy(); resolve(); }
      });
      response.on('error', () => resolve());
      response.on('end', () => {
        const usage = [...text.matchAll(/"completion_tokens":(\d+)/g)].at(-1);
        if (invalid && response.statusCode === 400) { counts.refused++; resolve(); return; }
        if (response.statusCode !== 200 || !usage || text.includes('"error"')) {
          reject(new Error(response.statusCode + ' ' + text.slice(-300)));
          return;
        }
        counts.tokens += Number(usage[1]);
        resolve();
      });
    });
    call.on('error', (error) => (leaves ? resolve() : reject(error)));
    call.end(JSON.stringify(request));
  });
}

function sample(started) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)[1]) / 1024;
  const now = { rss: mebibytes('VmRSS'), anon: mebibytes('RssAnon'), file: mebibytes('RssFile') };
  samples.push(now);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${counts.done} generations, ${counts.tokens} tokens, ${counts.cancelled} left, ${counts.refused} refused, `
    + `${seconds} s: VmRSS ${now.rss.toFixed(0)} MiB (RssAnon ${now.anon.toFixed(0)}, RssFile ${now.file.toFixed(0)})`);
}

const mean = (list) => list.reduce((sum, each) => sum + each.rss, 0) / list.length;
const started = performance.now();
const every = Math.max(1, Math.floor(GENERATIONS / SAMPLES));
let begun = 0;
await Promise.all(Array.from({ length: CLIENTS }, async () => {
  while (begun++ < GENERATIONS) {
    await generate();
    if (++counts.done % every === 0) sample(started);
  }
}));
agent.destroy();
const quarter = samples.length >> 2;
const third = mean(samples.slice(-2 * quarter, -quarter)), last = mean(samples.slice(-quarter));
const growth = last / third - 1;
console.log(`mean VmRSS of the third quarter ${third.toFixed(0)} MiB, of the last ${last.toFixed(0)} MiB: `
  + `${(100 * growth).toFixed(1)} %`);
process.exit(growth > GROWTH_MAX ? 1 : 0);
