// Requests a second and their times over /v2, each client sending its next request when it has its answer.
// Usage: node inference_load.mjs URL MODEL [CLIENTS,...] [SECONDS]     For the models of Perceptron.java: one row of 4,096
// floats in and out, as binary data. Each number of clients warms up for a quarter of the time first.
import http from 'node:http';

const [url, model, list = '1,8,64', secondsText = '10'] = process.argv.slice(2);
if (!url || !model) {
  console.error('usage: node inference_load.mjs URL MODEL [CLIENTS,...] [SECONDS]');
  process.exit(2);
}
const WIDTH = 4096, seconds = Number(secondsText);
const head = Buffer.from(JSON.stringify({
  inputs: [{ name: 'x', shape: [1, WIDTH], datatype: 'FP32', parameters: { binary_data_size: 4 * WIDTH } }],
  outputs: [{ name: 'y', parameters: { binary_data: true } }] }));
const row = Float32Array.from({ length: WIDTH }, (_, i) => Math.sin(i));
const body = Buffer.concat([head, Buffer.from(row.buffer)]);
const agent = new http.Agent({ keepAlive: true });

function infer() {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': body.length,
      'inference-header-content-length': head.length };
    const request = http.request(`${url}/v2/models/${model}/infer`, { method: 'POST', agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (data) => { bytes += data.length; });
      response.on('end', () => {
        if (response.statusCode !== 200 || bytes < 4 * WIDTH) {
          reject(new Error(`${response.statusCode}, ${bytes} bytes`));
        } else {
          resolve(performance.now() - start);
        }
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function run(clients, millis) {
  const times = [], start = performance.now(), end = start + millis;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (performance.now() < end) times.push(await infer());
  }));
  return { times: times.sort((a, b) => a - b), seconds: (performance.now() - start) / 1000 };
}

for (const clients of list.split(',').map(Number)) {
  await run(clients, seconds * 250);
  const { times, seconds: took } = await run(clients, seconds * 1000);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(`${model}, ${clients} clients: ${(times.length / took).toFixed(1)} requests/s, `
    + `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${times.length} requests)`);
}
agent.destroy();
