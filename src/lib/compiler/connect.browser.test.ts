import { afterEach, describe, expect, it } from 'vitest';
import { CompilerClient } from './client';
import { connectToWorker } from './connect';

let client: CompilerClient;
afterEach(() => client.close());

const chain = (stages: number) =>
  [
    'pipeline p',
    'ingress in',
    ...Array.from({ length: stages }, (_, at) => `stage s${at} keep:x`),
    'egress out',
    `in -> ${Array.from({ length: stages }, (_, at) => `s${at}`).join(' -> ')} -> out`,
    '',
  ].join('\n');

describe('the compiler’s workers', () => {
  it('compile while another question is still being answered', async () => {
    client = new CompilerClient({ connect: () => connectToWorker() });
    const target = 'lane_graph' as const;
    await client.call('compile', { text: chain(1), target });
    const done: string[] = [];
    const lowered = client
      .call('lower', { text: chain(5_000), target })
      .then(() => done.push('lower'));
    const compiled = client
      .call('compile', { text: chain(2), target })
      .then(({ graph }) => done.push(`compile ${graph.stages.length}`));
    await Promise.all([lowered, compiled]);
    expect(done).toEqual(['compile 2', 'lower']);
  });

  it('leave what a key makes to the page, which answers before anything else happens', async () => {
    client = new CompilerClient({ connect: () => connectToWorker() });
    const target = 'lane_graph' as const;
    const ask = (stages: number) => client.call('compile', { text: chain(stages), target });
    await ask(3);
    const before = async () => {
      const channel = new MessageChannel();
      const order: string[] = [];
      const task = new Promise<void>((resolve) => {
        channel.port1.onmessage = () => {
          order.push('task');
          resolve();
        };
      });
      channel.port2.postMessage(null);
      const { graph } = await ask(4);
      expect(graph.stages).toHaveLength(4);
      order.push('answer');
      await task;
      channel.port1.close();
      return order[0] === 'answer';
    };
    // The first change loads the core; from then on no task comes between a key and its answer.
    await expect.poll(before).toBe(true);
    expect(await before()).toBe(true);
  });

  it('answer what was asked before they had started', async () => {
    client = new CompilerClient({ connect: () => connectToWorker() });
    const [info, extracted] = await Promise.all([
      client.call('info', {}),
      client.call('extract', { text: chain(2), ids: ['s1'] }),
    ]);
    expect(info.compiler_version).not.toBe('');
    expect(extracted.text).toContain('stage s1 keep:x');
  });
});
