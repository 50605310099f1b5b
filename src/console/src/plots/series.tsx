import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import { useEffect, useRef } from 'preact/hooks'
import { colour, isDark } from '../app/theme'
import { zone } from '../app/window'
import { brief, count } from '../lib/format'
import { minute } from '../lib/time'

export interface Series {
  name: string
  /** A custom property of the style sheet. */
  colour: string
  points: { at: number; value: number }[]
  kind?: 'bar' | 'line'
}

/** Series over time: bars on each other, lines before them. A click on a step says when it begins. */
export function SeriesPlot({
  series,
  step,
  label,
  low,
  pick,
}: {
  series: Series[]
  /** Milliseconds of a step. */
  step: number
  label: string
  low?: boolean
  pick?: (from: number, to: number) => void
}) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>()
  const picked = useRef(pick)
  picked.current = pick
  const dark = isDark()
  const shownZone = zone.value
  useEffect(() => {
    let isGone = false
    let observer: ResizeObserver | undefined
    void import('./echarts').then(({ init }) => {
      if (isGone || !box.current) return
      const made = (chart.current ??= init(box.current))
      made.setOption(option(series, step, label, low, shownZone), { notMerge: true })
      made.getZr().off('click')
      made.getZr().on('click', event => {
        const index = made.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY])[0]
        const at = series[0]?.points[Math.round(index ?? -1)]?.at
        if (at !== undefined) picked.current?.(at, at + step)
      })
      observer = new ResizeObserver(() => made.resize())
      observer.observe(box.current)
    })
    return () => {
      isGone = true
      observer?.disconnect()
    }
  }, [series, step, dark, shownZone])
  useEffect(() => () => chart.current?.dispose(), [])
  return <div class={`plot${low ? ' low' : ''}`} ref={box} role="img" aria-label={`${label}: ${summary(series)}`} />
}

const summary = (series: Series[]): string =>
  series
    .map(one => {
      const values = one.points.map(point => point.value)
      return `${one.name} ${count(values.reduce((sum, value) => sum + value, 0))}, at most ${count(Math.max(0, ...values))} a step`
    })
    .join('; ')

function option(series: Series[], step: number, label: string, low: boolean | undefined, shownZone: 'utc' | 'local'): EChartsCoreOption {
  const [dim, grid, line, surface, text] = ['--dim', '--plot-grid', '--line', '--raised', '--text'].map(colour)
  const at = series[0]?.points.map(point => point.at) ?? []
  const isOfDays = step >= 86400e3
  const wide = at.length > 0 && at.at(-1)! - at[0]! > 36 * 3600e3
  const name = (ms: number): string => {
    const whole = minute(ms, shownZone)
    return isOfDays ? whole.slice(5, 10) : wide ? whole.slice(5) : whole.slice(11)
  }
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: { fontFamily: 'Inter, system-ui, sans-serif' },
    grid: { left: 4, right: 8, top: low ? 6 : 12, bottom: 0, containLabel: true },
    tooltip: {
      trigger: 'axis',
      // Drawn on the canvas: markup with styles of its own is nothing that the Content-Security-Policy lets in.
      renderMode: 'richText',
      confine: true,
      backgroundColor: surface,
      borderColor: line,
      textStyle: { color: text, fontSize: 12 },
      axisPointer: { type: 'shadow', shadowStyle: { color: dim, opacity: 0.12 } },
      formatter: (points: { dataIndex: number }[]) => {
        const index = points[0]?.dataIndex ?? 0
        return [minute(at[index] ?? 0, shownZone), ...series.map(one => `${one.name}  ${count(one.points[index]?.value ?? 0)}`)].join('\n')
      },
    },
    xAxis: {
      type: 'category',
      data: at.map(name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: line } },
      axisLabel: { color: dim, fontSize: 11, hideOverlap: true, show: true },
    },
    yAxis: {
      type: 'value',
      splitNumber: low ? 2 : 4,
      minInterval: 1,
      axisLabel: { color: dim, fontSize: 11, formatter: (value: number) => brief(value) },
      splitLine: { lineStyle: { color: grid } },
    },
    series: series.map(one =>
      one.kind === 'line'
        ? {
            type: 'line',
            name: one.name,
            data: one.points.map(point => point.value),
            showSymbol: false,
            lineStyle: { width: 1.75, color: colour(one.colour) },
            itemStyle: { color: colour(one.colour) },
          }
        : {
            type: 'bar',
            name: one.name,
            stack: 'all',
            data: one.points.map(point => point.value),
            itemStyle: { color: colour(one.colour) },
            barCategoryGap: at.length > 90 ? '8%' : '22%',
            barMaxWidth: 42,
          },
    ),
    label,
  }
}
