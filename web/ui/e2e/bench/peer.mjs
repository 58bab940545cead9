// A plain server on `ws` of npm under the same crowd as ours: every row goes to every socket as it comes. Orders on stdin.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { WebSocketServer } from 'ws';

const http = createServer();
const wss = new WebSocketServer({ server: http, path: '/ws', perMessageDeflate: false });
wss.on('connection', (socket) => {
  socket.on('message', (raw) => {
    if (JSON.parse(raw).t === 'sub') socket.send(`{"t":"snap","topic":"board","epoch":"peer","seq":${seq},"rows":[]}`);
  });
});
let seq = 0;
const micros = () => Math.round((performance.timeOrigin + performance.now()) * 1000);
function publish(rate, time, keys) {
  const begun = performance.now();
  const all = Math.floor((rate * time) / 1000);
  let sent = 0;
  const tick = () => {
    const due = Math.min(all, Math.floor(((performance.now() - begun) * rate) / 1000));
    for (; sent < due; sent++) {
      const row = JSON.stringify({ ts: micros(), pad: 'x'.repeat(140) });
      const frame = Buffer.from(`{"t":"d","topic":"board","from":${seq},"seq":${seq + 1},"ops":[["visit_${String(seq % keys).padStart(5, '0')}",${row}]]}`);
      seq += 1;
      for (const socket of wss.clients) socket.send(frame, { binary: false });
    }
    if (sent < all) setTimeout(tick, 1);
    else console.log('published');
  };
  tick();
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const [order, rate, time, keys] = line.split(' ');
  if (order === 'publish') publish(Number(rate), Number(time), Number(keys));
  else process.exit(0);
}).on('close', () => process.exit(0));
http.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${http.address().port}`));
