import { forwarding, forwardingFamily } from '../src/objects/forwarding.ts';
import { sysctl as wantedSysctl } from '../src/objects/sysctl.ts';
import { defineTask } from '../src/task.ts';
import { container, state, toContainer } from './options.ts';

export const sysctl = defineTask({
  kind: 'sysctl',
  description: 'A kernel parameter of the host or of a container; the old value comes back on destroy.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ name: 'net.ipv4.ip_forward', value: 1, container: 'r1' }],
    required: ['name', 'value'],
    properties: {
      name: {
        type: 'string',
        pattern: '^(net|kernel|vm|fs)[./][A-Za-z0-9_][A-Za-z0-9_./-]*$',
        maxLength: 128,
        description: 'With dots, or with slashes where an interface name holds a dot.',
        examples: ['net.ipv4.ip_forward'],
      },
      value: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[A-Za-z0-9_., :/-]{1,256}$' }],
        description: 'The value to write.',
      },
      container,
      state,
    },
  },
  identity: ({ name, container: where }) => `sysctl ${where === undefined ? '' : `${where} `}${keyOf(name)}`,
  references: ({ container: where }) => toContainer(where),
  check({ name, value, container: where }) {
    const key = keyOf(name);
    const family = forwardingFamily(key);
    return [
      ...(key.split('/').includes('..')
        ? [{ path: ['name'], code: 'BAD_FORMAT', message: 'sysctl.name: not the name of a kernel parameter' }]
        : []),
      ...(where !== undefined && !key.startsWith('net/')
        ? [
            {
              path: ['name'],
              code: 'CONFLICT',
              message: `sysctl.name: ${name} is the whole host's, not a container's`,
              hint: 'only net.* belongs to a container',
            },
          ]
        : []),
      ...(family !== undefined && !['0', '1'].includes(`${value}`)
        ? [{ path: ['value'], code: 'NOT_ALLOWED', message: `sysctl.value: ${name} is 0 or 1` }]
        : []),
    ];
  },
  objects({ name, value, container: where }, { scope }) {
    const key = keyOf(name);
    const family = forwardingFamily(key);
    if (family !== undefined) return [forwarding(scope(where), family, `${value}` === '1')];
    return [wantedSysctl(scope(where), key, `${value}`)];
  },
});

/** As sysctl(8): with a slash before the first dot the name is a path already. */
const keyOf = (name: string): string => (/^[^.]*\//.test(name) ? name : name.replaceAll('.', '/'));
