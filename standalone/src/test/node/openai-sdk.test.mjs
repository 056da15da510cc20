// Drives a running Gondola with the official OpenAI SDK for Node. GONDOLA_URL names it; slots are read
// from its /metrics. Every test fails by itself when the server does not answer: the SDK's timeout is set.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import OpenAI, { BadRequestError, NotFoundError } from "openai";

const url = process.env.GONDOLA_URL;
assert.ok(url, "GONDOLA_URL must name a running Gondola, for example http://127.0.0.1:8080");

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", timeout: 60_000, maxRetries: 0 });
const model = "gondola-guide";
// The golden answers of the demo model, made by the reference implementation. Only single questions here.
const golden = JSON.parse(readFileSync(new URL("../../../../models/training/golden.json", import.meta.url)))
  .map(({ prompt, text, output_ids }) => ({
    question: /^<\|user\|>([^<]*)<\|assistant\|>$/.exec(prompt)?.[1],
    text,
    tokens: output_ids.length,
  }))
  .filter(({ question }) => question);

async function slotsUsed() {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = /^gondola_slots_used\{[^}]*\} (\S+)$/m.exec(metrics);
  assert.ok(line, "gondola_slots_used is in /metrics");
  return Number(line[1]);
}

async function until(what, condition) {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`${what} did not come true`);
}

test("models are listed and found", async () => {
  const names = [];
  for await (const entry of await client.models.list()) names.push(entry.id);
  assert.deepEqual(names, [model]);
  assert.equal((await client.models.retrieve(model)).object, "model");
});

test("chat answers equal the golden ones", async () => {
  assert.ok(golden.length >= 3, "golden.json holds single questions");
  for (const { question, text } of golden) {
    const answer = await client.chat.completions.create({
      model,
      temperature: 0,
      messages: [{ role: "user", content: question }],
    });
    assert.equal(answer.choices[0].message.content, text, question);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  }
});

test("streamed chats, all at once, equal the golden ones", async () => {
  await Promise.all(
    golden.map(async ({ question, text }) => {
      const stream = await client.chat.completions.create({
        model,
        temperature: 0,
        stream: true,
        stream_options: { include_usage: true },
        messages: [{ role: "user", content: question }],
      });
      let answer = "";
      let finish = null;
      let usage = null;
      for await (const chunk of stream) {
        answer += chunk.choices[0]?.delta?.content ?? "";
        finish = chunk.choices[0]?.finish_reason ?? finish;
        usage = chunk.usage ?? usage;
      }
      assert.equal(answer, text);
      assert.equal(finish, "stop");
      assert.ok(usage.completion_tokens > 0);
    }),
  );
});

test("completions: stop string, n, logprobs and echo", async () => {
  const prompt = "<|user|>What is continuous batching?<|assistant|>";
  const whole = await client.completions.create({ model, prompt, max_tokens: 40, temperature: 0 });
  const text = whole.choices[0].text;
  const stop = text.slice(10, 16);
  const cut = await client.completions.create({ model, prompt, max_tokens: 40, temperature: 0, stop });
  assert.equal(cut.choices[0].text, text.slice(0, text.indexOf(stop)));
  assert.equal(cut.choices[0].finish_reason, "stop");
  const scored = await client.completions.create({ model, prompt, max_tokens: 3, n: 2, logprobs: 2, echo: true });
  assert.equal(scored.choices.length, 2);
  for (const { logprobs } of scored.choices) {
    assert.equal(logprobs.token_logprobs[0], null);
    assert.equal(logprobs.tokens.length, logprobs.token_logprobs.length);
  }
});

test("errors are the SDK's own classes and name the field", async () => {
  const messages = [{ role: "user", content: "Hello" }];
  await assert.rejects(client.chat.completions.create({ model: "no-such-model", messages }), NotFoundError);
  await assert.rejects(client.chat.completions.create({ model, messages, temperature: 9 }), (error) => {
    assert.ok(error instanceof BadRequestError);
    assert.equal(error.param, "temperature");
    return true;
  });
});

test("an aborted stream frees its slot", async () => {
  const stream = await client.completions.create({
    model,
    prompt: "<|user|>Hello<|assistant|>",
    max_tokens: 500,
    ignore_eos: true,
    stream: true,
  });
  for await (const chunk of stream) {
    assert.ok(chunk.choices);
    break; // leaving the loop aborts the request
  }
  await until("all slots free", async () => (await slotsUsed()) === 0);
});
