/** Names of GPUs as rows have them, each with other spellings, by which it is found too. */
const GPU_NAMES: Readonly<Record<string, readonly string[]>> = {
  'A100-40GB': ['A100 SXM 40GB', 'A100 PCIe 40GB'],
  'A100-80GB': ['A100 SXM 80GB', 'A100-SXM4-80GB'],
  'A100-80GB-PCIe': ['A100 PCIe 80GB'],
  H100: ['H100 SXM', 'H100 SXM5', 'H100 SXM 80GB', 'H100-80GB'],
  'H100-PCIe': ['H100 PCIe 80GB'],
  'RTX A6000': ['A6000'],
  'RTX PRO 6000': ['RTX 6000 Pro Blackwell', 'RTX PRO SERVER 6000', 'RTX PRO 6000 Blackwell'],
  'RTX 3090': ['3090'],
  'RTX 4090': ['4090'],
  'RTX 5090': ['5090'],
  'V100-16GB': ['V100 SXM2 16GB'],
  'V100-32GB': ['V100 SXM2 32GB'],
};

const GPU_BY_KEY: ReadonlyMap<string, string> = new Map(
  Object.entries(GPU_NAMES).flatMap(([name, others]) => [name, ...others].map((it) => [toKey(it), name] as const)),
);

/** The name under which rows have a GPU; a GPU that is not known keeps its name. Names of forms differ: H100 is SXM. */
export function toGpuName(text: string): string {
  return GPU_BY_KEY.get(toKey(text)) ?? text.trim();
}

/** What is alike in spellings of a GPU: `NVIDIA L40S` and `l40s`. */
export function toGpuKey(text: string): string {
  return toKey(toGpuName(text)).replace(/^nvidia/, '');
}

/**
 * What is alike in spellings of a model: `meta-llama/Llama-3.3-70B-Instruct` and `Llama 3.3 70B`. Vendor prefix, case,
 * marks and a trailing `instruct` do not count.
 */
export function toModelKey(text: string): string {
  return toKey(text.slice(text.lastIndexOf('/') + 1)).replace(/instruct$/, '');
}

function toKey(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
