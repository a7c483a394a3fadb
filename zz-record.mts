import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { Document, parse, Scalar, stringify, visit, isMap, isSeq, isScalar } from 'yaml';
import { Kernel } from './test/objects/kernel.ts';
import { gatherScript, parseFacts } from './src/gather.ts';
const seeds = parse(readFileSync('/tmp/nw/seeds.yml', 'utf8'));
for (const [name, seed] of Object.entries<any>(seeds)) {
  const [fact, title] = name.split('/') as [string, string];
  const kernel = await Kernel.start();
  const reads = seed.reads ?? [];
  if (seed.situation) await kernel.sh(seed.situation);
  const all = await kernel.exchange(gatherScript(reads));
  const reply: any = {};
  for (const s of all) if (seed.sections.includes(s.name)) reply[s.name] = s.text;
  const out: any = { about: seed.about };
  if (seed.situation !== undefined) out.situation = seed.situation;
  if (seed.reads) out.reads = seed.reads;
  out.reply = reply;
  if (seed.error) out.error = seed.error;
  else {
    const world: any = parseFacts('host', Object.entries<string>(reply).map(([name, text]) => ({ name, text })));
    out.facts = Object.fromEntries(seed.facts.map((k: string) => [k, JSON.parse(JSON.stringify(world[k] ?? null))]));
  }
  const doc = new Document(out);
  visit(doc, {
    Scalar(key, node, path) { if (typeof node.value === 'string' && node.value.includes('\n')) node.type = 'BLOCK_LITERAL'; },
    Map(key, node, path) {
      // leaf objects in one line
      const inReads = path.some((p: any) => p.key?.value === 'reads');
      const text = JSON.stringify(node.toJSON());
      if (path.length > 2 && (inReads || text.length < 260) && !text.includes('\\n') && path.some((p: any) => ['facts','reads'].includes(p.key?.value)) && !isMap((path.at(-1) as any)?.value && null)) node.flow = true;
    },
    Seq(key, node) { if (node.items.length === 0) node.flow = true; },
  });
  mkdirSync(`test/facts/${fact}`, { recursive: true });
  writeFileSync(`test/facts/${fact}/${title.replaceAll(' ', '-')}.yml`, doc.toString({ lineWidth: 0, flowCollectionPadding: true, singleQuote: true }));
  kernel.stop();
}
