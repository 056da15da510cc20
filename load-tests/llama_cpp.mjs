// Output tokens a second of llama.cpp in its own process, without HTTP, on a model of random_gguf.py: the same work as
// http_load.mjs. Needs the npm package node-llama-cpp in the current directory's node_modules (a prebuilt library comes with it).
// Usage: node llama_cpp.mjs MODEL.gguf [SEQUENCES,...] [ROUNDS]
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [model, list = '1,8,32', rounds = '2'] = process.argv.slice(2);
if (!model) {
  console.error('usage: node llama_cpp.mjs MODEL.gguf [SEQUENCES,...] [ROUNDS]');
  process.exit(2);
}
const PROMPT_TOKENS = 128, OUTPUT_TOKENS = 64, FIRST_WORD = 300, WORDS = 49000, THREADS = 2;
const entry = createRequire(path.resolve('package.json')).resolve('node-llama-cpp');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry));
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: THREADS, logLevel: LlamaLogLevel.error });
const loaded = await llama.loadModel({ modelPath: model });
let seed = 1;
const random = (bound) => (seed = (seed * 1103515245 + 12345) % 2147483648) % bound;

async function generate(sequence) {
  await sequence.clearHistory();
  const prompt = Array.from({ length: PROMPT_TOKENS }, () => FIRST_WORD + random(WORDS));
  let count = 0;
  for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    if (++count === OUTPUT_TOKENS) break;
  }
  return count;
}

for (const count of list.split(',').map(Number)) {
  const context = await loaded.createContext(
    { sequences: count, contextSize: 2 * (PROMPT_TOKENS + OUTPUT_TOKENS), batchSize: 512, threads: THREADS });
  const sequences = Array.from({ length: count }, () => context.getSequence());
  for (let round = 0; round < Number(rounds); round++) {
    const start = performance.now();
    const tokens = (await Promise.all(sequences.map(generate))).reduce((sum, each) => sum + each, 0);
    console.log(`${count} sequences: ${(tokens / (performance.now() - start) * 1000).toFixed(0)} tokens/s`);
  }
  await context.dispose();
}
process.exit(0);
