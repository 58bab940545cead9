// The phone's bench in Node: `make bench-phone`.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['e2e/bench/phone.test.ts'], environment: 'node', bail: 1, disableConsoleIntercept: true } });
