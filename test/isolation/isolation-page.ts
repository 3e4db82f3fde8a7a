import { CREDENTIALS, type Who } from './permissions.ts';

const HEAD = `# Who gets in

What every route answered to a sound request, by who sent it: measured by the tests in \`test/isolation\`, which write this page
(\`npx vitest run --project isolation --update\`) and fail when it is not what they see. Keys are of one tenant of several; what
each role is for: [the API](api.md#keys).

- The routes are those of the [OpenAPI description](api.md). One that is not in the tests' own table of permissions, or was never
  answered with success, fails them by name.
- 401 and 403 are given before anything of a request is read: a broken body changes neither, nothing is written or queued, and
  the answer tells nothing else.
- A key of one tenant that names another's things by id, name, number, cursor, header, parameter or body gets the same answer as
  for things that never were; nothing of the other tenant is in any answer, and no item of it is changed.
- A method that a path has not is a 405. The command line is held to the same table.

`;

/** The page that shows every answer. @param rows - answers by who asked, for each route */
export function renderPage(rows: readonly (readonly [string, ReadonlyMap<Who, number>])[]): string {
  const lines = [
    `| Route | ${CREDENTIALS.join(' | ')} |`,
    `| --- |${' --- |'.repeat(CREDENTIALS.length)}`,
    ...rows.map(
      ([route, answers]) => `| \`${route}\` | ${CREDENTIALS.map((who) => answers.get(who) ?? '-').join(' | ')} |`,
    ),
  ];
  return `${HEAD}${lines.join('\n')}\n`;
}
