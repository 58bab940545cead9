// Reporter of the browser tests: a line a test as it ends, figures that tests have told, and closing lines of its own.
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

export default async function* closing(events) {
  const begun = performance.now();
  const passed = [];
  const failed = [];
  const skipped = [];
  const figures = [];
  let file = '';
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && data.message.startsWith('▪')) {
      figures.push(data.message);
      yield `    ${data.message}\n`;
    }
    if (type === 'test:stderr' || type === 'test:stdout') continue;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A file is reported as a test of its own when it could not be run at all.
    const whole = data.file && data.name === data.file;
    if (whole && type === 'test:pass') continue;
    const at = data.file?.split('/').at(-1) ?? '';
    if (at !== file) {
      file = at;
      yield `\n${file}\n`;
    }
    if (data.skip !== undefined || data.todo !== undefined) {
      skipped.push(data.name);
      yield `  – ${data.name}: ${data.skip}\n`;
    } else if (type === 'test:pass') {
      passed.push(data.name);
      yield `  ✓ ${data.name} (${seconds(data.details.duration_ms)})\n`;
    } else {
      const error = data.details.error?.cause ?? data.details.error;
      failed.push(`${file}: ${data.name}`);
      yield `  ✗ ${data.name} (${seconds(data.details.duration_ms)})\n${String(error?.stack ?? error?.message ?? error).split('\n').slice(0, 24).map((line) => `      ${line}\n`).join('')}`;
    }
  }
  yield '\n';
  for (const figure of figures) yield `${figure}\n`;
  for (const name of failed) yield `✗ ${name}\n`;
  yield `browser tests: ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped, ${seconds(performance.now() - begun)}\n`;
}
