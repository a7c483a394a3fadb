import { payloads } from '../apply/payloads.ts';

/** The file that appears where any of these is executed. */
export const CANARY = '/run/pwned';

const COMMANDS = [
  `touch ${CANARY}`,
  `: >${CANARY}`,
  `/bin/touch\${IFS}${CANARY}`,
  `sh -c 'touch ${CANARY}'`,
  `eval "touch ${CANARY}"`,
  `exec touch ${CANARY}`,
];

/** Ways out of quotes, words, lines, heredocs, options and templates; `@` is the command. */
const WAYS = [
  ...[
    '@',
    ';@;',
    '$(@)',
    '`@`',
    '|@',
    '||@',
    '&&@',
    '&@&',
    '\n@\n',
    "'\n@\n'",
    '"\n@\n"',
    '{ @; }',
    '(@)',
    '<(@)',
    '>(@)',
  ],
  ...[
    "';@;'",
    '";@;"',
    "'\"'\"';@;#",
    "\\';@;#",
    '\\";@;#',
    "$'\\n@\\n'",
    '${x:-$(@)}',
    '${x:=`@`}',
    '$((x[$(@)]))',
    '"$(@)"',
  ],
  ...[
    "'$(@)'",
    "'`@`'",
    'a=b @',
    'x\nQ\n@\n',
    'Q\n@',
    "'Q'\n@\nQ",
    'EOF\n@\nEOF',
    '}\n@\n{',
    'fi\n@\nif :; then',
    'done\n@\nwhile :; do',
  ],
  ...[
    '*) @ ;; esac',
    '-oProxyCommand=@',
    '-c @',
    '--exec=@',
    '-e $(@)',
    '#\n@',
    '\\\n@',
    '\t@',
    ' @ ',
    '!@',
    '~$(@)',
    '%s$(@)',
  ],
];

/** Texts that mean something to nft, ip, ssh, YAML, JSON or a terminal. */
const OTHERS = [
  ...['"; delete table inet q; "', '" }\ndelete table inet q\n', 'c { }\n}\ndelete table inet q\ntable inet z {'],
  ...[
    'lo up\nlink del dev',
    'eth0 # x',
    '-batch /etc/passwd',
    '-force',
    '-n x',
    'dev\nlink add name pwned type bridge',
  ],
  ...['-oProxyCommand=touch /run/pwned', '-F/dev/null', 'h1 -p 1', 'root@h1', '[::1]:22', '%h%p', 'ssh://h1'],
  ...[
    '*a',
    '&a',
    '!!js/function x',
    '<<',
    '? a',
    '- a',
    'a: b',
    '|',
    '>',
    '@a',
    '`',
    '"\\u0000"',
    '{"a":1}',
    '[1]',
    'null',
    '~',
  ],
  ...[
    '<script>',
    '%n%n',
    '../../../../etc/passwd',
    '/etc/passwd',
    '/dev/tcp/127.0.0.1/22',
    '\u2028',
    '\u00a0',
    'é',
    'ＡＢＣ',
    '🦆',
  ],
];

const all = [
  ...new Set([
    ...payloads,
    ...WAYS.flatMap((way, index) =>
      COMMANDS.slice(0, index % 2 === 0 ? 5 : 4).map((command) => way.replaceAll('@', command)),
    ),
    ...OTHERS,
  ]),
];

/** 300 texts, none of which may ever be more than text. */
export const canaries: readonly string[] = all.slice(0, 300);

/** The same for what would be a template, which a text of a playbook may well be. */
export const templates: readonly string[] = [
  ...[
    '{{ 7 * 7 }}',
    "{{ lookup('pipe', 'touch /run/pwned') }}",
    '{% raw %}$(touch /run/pwned){% endraw %}',
    '{{ self }}',
  ],
  ...[
    "{{ ''.__class__.__mro__ }}",
    '{{ constructor.constructor("return process")() }}',
    '{{',
    '}}',
    '{% for x in y %}',
    '{# x #}',
  ],
  ...[
    "{{ '$(touch /run/pwned)' }}",
    '{{ range(1000000000) | list }}',
    "{{ 'x' * 100000 }}",
    '{{ [].constructor }}',
    '{% include "x" %}',
  ],
];
