/**
 * One fenced block of a page. Its info string is the language, then words and `key="value"` pairs:
 * `file="name"` keeps the block under that name in the page's folder, where later blocks find it; `event` says that a
 * JSON block is a usage event; `needs="command"` runs the block only where that command is; `not-run="reason"` never.
 */
export interface DocsBlock {
  /** Path from the root of the project. */
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly marks: ReadonlyMap<string, string>;
  readonly code: string;
}

/** What a block is called in the output. */
export const nameOf = ({ page, line, language, marks }: DocsBlock): string =>
  `${page}:${line} ${language || 'a block without a language'}${marks.has('file') ? ` (${marks.get('file')})` : ''}`;

/**
 * The fenced blocks of a page in their order, those inside lists included.
 *
 * @throws Error when a fence is never closed, or its info string cannot be read
 */
export function readBlocks(page: string, markdown: string): readonly DocsBlock[] {
  const blocks: DocsBlock[] = [];
  let open: { fence: string; indent: string; line: number; info: string; code: string[] } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    if (open === undefined) {
      const [, indent = '', fence, info = ''] = /^( *)(`{3,}|~{3,})(.*)$/.exec(text) ?? [];
      if (fence !== undefined) open = { fence, indent, line: index + 1, info: info.trim(), code: [] };
    } else if (text.trim() === open.fence) {
      const { line, info, code } = open;
      blocks.push({ page, line, ...readInfo(info, `${page}:${line}`), code: `${code.join('\n')}\n` });
      open = undefined;
    } else {
      open.code.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text);
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the block is never closed`);
  return blocks;
}

function readInfo(info: string, where: string): Pick<DocsBlock, 'language' | 'marks'> {
  const [language = '', ...rest] = info.match(/[\w-]+="[^"]*"|\S+/g) ?? [];
  const marks = new Map<string, string>();
  for (const part of rest) {
    const [, name, value = ''] = /^([\w-]+)(?:="([^"]*)")?$/.exec(part) ?? [];
    if (name === undefined) throw new Error(`${where}: cannot read ${part} of the block's info string`);
    marks.set(name, value);
  }
  return { language, marks };
}
