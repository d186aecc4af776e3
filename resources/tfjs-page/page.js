/* global tf, document, navigator, location, createImageBitmap, OffscreenCanvas, ImageData */
/** The page of a model that Falx exported: it answers in this browser, and sends nothing anywhere. */
(() => {
  const words = {
    en: {
      notice: 'Research use only, not for diagnosis.',
      loading: 'Loading the model …',
      ready: 'Ready.',
      drop: 'Drop a scan here, or choose one (PNG, JPEG, WebP, BMP)',
      folder: 'Opened from a folder: choose all files in its “model” folder (model.json and the .bin files).',
      crop: 'This model was trained on scans cut to the head. This page does not cut: give it such scans.',
      failed: 'The model can’t be loaded: ',
      unread: 'This picture can’t be read: ',
      answer: (name, probability, called) => `${called}. Probability of “${name}”: ${probability}`,
      seen: 'What the network sees',
      about: (run, version, backend, threshold) =>
        `${run}, made with Falx ${version}; computed in this browser (${backend}); threshold ${threshold}. Nothing is sent anywhere.`,
    },
    ko: {
      notice: '연구용이며 진단에 사용할 수 없습니다.',
      loading: '모델을 불러오는 중 …',
      ready: '준비되었습니다.',
      drop: '영상을 여기에 놓거나 선택하세요(PNG, JPEG, WebP, BMP)',
      folder: '폴더에서 열었습니다. ‘model’ 폴더의 모든 파일(model.json과 .bin 파일)을 선택하세요.',
      crop: '이 모델은 머리 부분만 잘라 낸 영상으로 학습했습니다. 이 페이지는 잘라 내지 않으므로 그런 영상을 사용하세요.',
      failed: '모델을 불러올 수 없습니다: ',
      unread: '이 그림을 읽을 수 없습니다: ',
      answer: (name, probability, called) => `${called}. ‘${name}’ 확률: ${probability}`,
      seen: '신경망이 보는 그림',
      about: (run, version, backend, threshold) =>
        `${run}, Falx ${version}에서 작성. 이 브라우저에서 계산({backend}). 임계값 ${threshold}. 아무것도 전송하지 않습니다.`.replace(
          '{backend}',
          backend,
        ),
    },
  };
  const language = navigator.language.startsWith('ko') ? 'ko' : 'en';
  const t = words[language];
  const at = (id) => document.getElementById(id);
  document.documentElement.lang = language;
  at('notice').textContent = t.notice;
  at('drop-text').textContent = t.drop;
  at('answer').textContent = t.loading;
  at('seen').setAttribute('aria-label', t.seen);

  let model;
  let facts;

  async function begin(source) {
    try {
      const local = location.protocol === 'file:';
      // From a folder a browser reads no WebAssembly.
      if (!local) tf.wasm.setWasmPaths('./');
      const backends = local ? ['webgl', 'cpu'] : ['wasm', 'webgl', 'cpu'];
      for (const backend of backends) if (await tf.setBackend(backend).catch(() => false)) break;
      await tf.ready();
      model = await tf.loadGraphModel(source);
      facts = model.metadata;
      at('title').textContent = facts.network.title;
      const crop = facts.preprocessing.crop === 'head' ? ` ${t.crop}` : '';
      at('about').textContent = t.about(facts.run, facts.falx, tf.getBackend(), facts.threshold) + crop;
      at('answer').textContent = t.ready;
      at('file').disabled = false;
      at('folder').hidden = true;
    } catch (error) {
      at('answer').textContent = t.failed + error.message;
    }
  }

  /** Weights of a triangle as wide as the shrinking asks: [first, weights] for each of `to` pixels out of `from`. */
  function triangle(from, to) {
    const scale = Math.max(1, from / to);
    return Array.from({ length: to }, (_, i) => {
      // Enlarged, a picture lies half a pixel further on, as libvips counts.
      const centre = from < to ? (i * from) / to : ((i + 0.5) * from) / to - 0.5;
      const first = Math.max(0, Math.ceil(centre - scale));
      const last = Math.min(from - 1, Math.floor(centre + scale));
      const weights = [];
      for (let n = first; n <= last; n++) weights.push(Math.max(0, 1 - Math.abs(n - centre) / scale));
      const sum = weights.reduce((a, b) => a + b, 0);
      return [first, weights.map((weight) => weight / sum)];
    });
  }

  /** RGBA of one size in another, as Falx scales. */
  function scaled({ data, width, height }, w, h) {
    const across = triangle(width, w);
    const down = triangle(height, h);
    const rows = new Float32Array(height * w * 3);
    for (let y = 0; y < height; y++)
      across.forEach(([first, weights], x) => {
        for (let c = 0; c < 3; c++)
          rows[(y * w + x) * 3 + c] = weights.reduce(
            (sum, weight, n) => sum + weight * data[(y * width + first + n) * 4 + c],
            0,
          );
      });
    const result = new Float32Array(h * w * 3);
    down.forEach(([first, weights], y) => {
      for (let i = 0; i < w * 3; i++)
        result[y * w * 3 + i] = Math.round(
          weights.reduce((sum, weight, n) => sum + weight * rows[(first + n) * w * 3 + i], 0),
        );
    });
    return result;
  }

  async function pixelsOf(file) {
    const { imageSize: side, canvas } = facts.preprocessing;
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    const image = context.getImageData(0, 0, width, height);
    if (canvas !== 'pad') return scaled(image, side, side);
    const ratio = Math.min(side / width, side / height);
    const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    const inner = scaled(image, w, h);
    const result = new Float32Array(side * side * 3);
    const [left, top] = [Math.floor((side - w) / 2), Math.floor((side - h) / 2)];
    for (let y = 0; y < h; y++)
      result.set(inner.subarray(y * w * 3, (y + 1) * w * 3), ((top + y) * side + left) * 3);
    return result;
  }

  function show(pixels, side) {
    const canvas = at('seen');
    canvas.width = canvas.height = side;
    const rgba = new Uint8ClampedArray(side * side * 4).fill(255);
    for (let i = 0; i < side * side; i++) for (let c = 0; c < 3; c++) rgba[i * 4 + c] = pixels[i * 3 + c];
    canvas.getContext('2d').putImageData(new ImageData(rgba, side), 0, 0);
  }

  async function answer(file) {
    if (!file || !model) return;
    try {
      const side = facts.preprocessing.imageSize;
      const pixels = await pixelsOf(file);
      show(pixels, side);
      const x = tf.tensor(pixels, [1, side, side, 3]);
      const y = model.execute(x, 'predict/probability');
      const [probability] = await y.data();
      tf.dispose([x, y]);
      const { negative, positive } = facts.classes;
      const called = probability >= facts.threshold ? positive : negative;
      at('answer').textContent = t.answer(positive, probability.toFixed(3), called);
      at('answer').dataset.probability = String(probability);
    } catch (error) {
      at('answer').textContent = t.unread + error.message;
    }
  }

  at('file').addEventListener('change', ({ target }) => void answer(target.files[0]));
  for (const kind of ['dragover', 'dragleave', 'drop'])
    at('drop').addEventListener(kind, (event) => {
      event.preventDefault();
      at('drop').classList.toggle('over', kind === 'dragover');
      if (kind === 'drop') void answer(event.dataTransfer.files[0]);
    });
  if (location.protocol === 'file:') {
    at('folder').hidden = false;
    at('folder-text').textContent = t.folder;
    at('answer').textContent = '';
    at('model').addEventListener('change', ({ target }) => {
      const files = [...target.files];
      const json = files.find(({ name }) => name === 'model.json');
      if (json) void begin(tf.io.browserFiles([json, ...files.filter(({ name }) => name.endsWith('.bin'))]));
    });
  } else void begin('model/model.json');
})();
