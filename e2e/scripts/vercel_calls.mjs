// `node vercel_calls.mjs MODULES chat|responses|anthropic plain|tool PROMPT MODEL` prints the final answer.
// The packages live in the folder MODULES, not beside this file. What is wrong ends it with an error.
import { readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, way, scene, prompt, name] = process.argv.slice(2);
const beside = createRequire(join(realpathSync(modules), "here.js"));
const load = (id) => import(pathToFileURL(beside.resolve(id)));

const { generateText, streamText, generateObject, tool, stepCountIs } = await load("ai");
const { createOpenAI } = await load("@ai-sdk/openai");
const { createAnthropic } = await load("@ai-sdk/anthropic");
const { z } = await load("zod");

const settings = { baseURL: process.env.E2E_URL, apiKey: "e2e" };
const models = {
  chat: () => createOpenAI(settings).chat(name),
  responses: () => createOpenAI(settings).responses(name),
  anthropic: () => createAnthropic(settings)(name),
};
const model = models[way]();
const shared = { model, prompt, maxRetries: 0, maxOutputTokens: 300 };

function sure(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

const scenes = {
  async plain() {
    const whole = await generateText(shared);
    sure(whole.usage.totalTokens > 0, "a whole answer has usage");
    const streamed = streamText({ ...shared, onError: ({ error }) => { throw error; } });
    let text = "";
    for await (const piece of streamed.textStream) text += piece;
    sure(text.length > 0, "a stream has text");
    sure((await streamed.usage).outputTokens > 0, "a stream has usage");
    const { object } = await generateObject({ ...shared, schema: z.object({ tone: z.enum(["warm", "cold"]), loud: z.boolean() }) });
    sure(typeof object.loud === "boolean", "a structured answer is parsed");
    return whole.text;
  },
  async tool() {
    const list_files = tool({
      description: "List the files in a folder.",
      inputSchema: z.object({ folder: z.string() }),
      execute: async () => readdirSync(".").sort().join("\n"),
    });
    const looped = { ...shared, tools: { list_files }, stopWhen: stepCountIs(3) };
    const whole = await generateText(looped);
    sure(whole.steps.length === 2, "two steps, a call and an answer");
    const streamed = streamText({ ...looped, onError: ({ error }) => { throw error; } });
    let text = "";
    for await (const piece of streamed.textStream) text += piece;
    sure(text.length > 0, "a stream has text after the tool");
    return whole.text;
  },
};

console.log(await scenes[scene]());
