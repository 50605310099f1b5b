import { defineConfig } from 'vite'

// Addresses are relative: the console is the same under any path prefix. Nothing is inlined, as the Content-Security-Policy takes nothing inline.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false, chunkSizeWarningLimit: 1000 },
  worker: { format: 'es' },
  server: { proxy: { '^/(api|openapi|version|health|pod|svc|audit|v1)': process.env.KGUARDIAN_SERVER ?? 'http://127.0.0.1:9090' } },
})
