/** Where a graph's operations ran, as TensorFlow's executor logs it with `TF_CPP_VMODULE=executor=1`. */
export type Placement = {
  /** Operations by type, most first. */
  onGpu: Record<string, number>;
  onProcessor: Record<string, number>;
  /** Names of compute operations that ran on the processor all the same. */
  unexpected: string[];
};

/** `Process node: 270 step 1 {{node a/b}} = Conv2D[T=DT_FLOAT, …](…) device: /job:…/device:CPU:0` */
const line = /Process node: \d+ step (\d+) \{\{node (\S+)\}\} = (\w+)\[.*device: \S*device:(\w+):\d+/;

/** Operations that belong on the processor: they move, name, count or handle strings. */
const onProcessor =
  /^(NoOp|_Arg|_Retval|_Send|_Recv|_HostSend|_HostRecv|Const|HostConst|Identity|Placeholder|VarHandleOp|ReadVariableOp|Shape|ShapeN|Size|Rank|StridedSlice|Pack|ConcatV2|Range|Prod|Reshape|ExpandDims|Squeeze|Assert|StringJoin|ShardedFilename|SaveV2|RestoreV2|MergeV2Checkpoints|BroadcastGradientArgs|DynamicStitch|FloorDiv|FloorMod|Maximum|Cast|StatelessRandomGetKeyCounter|StatelessRandomGetAlg)$/;

/** Where each operation of the last run in a log was computed. @param usesGpu whether compute operations belong on a GPU. */
export function placementIn(log: string, usesGpu: boolean): Placement {
  const found = log.split('\n').flatMap((text) => {
    const [, step = '', name = '', type = '', device = ''] = line.exec(text) ?? [];
    return type === '' ? [] : [{ step: Number(step), name, type, device }];
  });
  // Each call of the graph is a run of its own; the training step has the most operations.
  const sizes = new Map<number, number>();
  for (const { step } of found) sizes.set(step, (sizes.get(step) ?? 0) + 1);
  const longest = [...sizes].sort((a, b) => b[1] - a[1])[0]?.[0];
  const last = found.filter(({ step }) => step === longest);
  const ofDevice = (device: string) => last.filter((one) => one.device === device);
  return {
    onGpu: counted(ofDevice('GPU')),
    onProcessor: counted(ofDevice('CPU')),
    unexpected: usesGpu
      ? ofDevice('CPU')
          .filter(({ type }) => !onProcessor.test(type))
          .map(({ name, type }) => `${name} (${type})`)
      : [],
  };
}

function counted(operations: readonly { type: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of operations) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}
