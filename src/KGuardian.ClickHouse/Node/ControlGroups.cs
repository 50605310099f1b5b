using System.Globalization;
using System.Text.RegularExpressions;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// The control groups of this process: its own and every one around it, as far as they can be seen. A limit of any of them holds: systemd sets it
/// on a service or on the slice around it, Kubernetes on a container or on its pod.
/// </summary>
/// <param name="root">Where <c>/proc</c> and the mounts are; empty: where they always are.</param>
internal sealed partial class ControlGroups(string root)
{
    /// <summary>
    /// The least limit of memory in bytes, and the file that says so; null: there is none. Version 2's <c>memory.high</c> counts as well: above it
    /// the kernel does not kill, but slows a process down until it hardly moves.
    /// </summary>
    public (long Bytes, string File)? MemoryLimit()
    {
        (long Bytes, string File)? least = null;
        foreach (var group in MemoryGroups())
        {
            foreach (var name in new[] { "memory.max", "memory.high", "memory.limit_in_bytes", "memory.stat" })
            {
                var file = $"{group}/{name}";
                if (ReadLimit(file) is { } bytes && (least is null || bytes < least.Value.Bytes))
                {
                    least = (bytes, file);
                }
            }
        }

        return least;
    }

    /// <summary>Directories, each group's before the one around it.</summary>
    private IEnumerable<string> MemoryGroups()
    {
        var mounts = ReadLines("/proc/self/mountinfo").Select(Mount.Parse).OfType<Mount>().ToArray();
        // 4:cpu,memory:/system.slice/x.service (version 1), 0::/system.slice/x.service (version 2)
        foreach (var line in ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).Where(line => line.Length == 3))
        {
            var isSecond = line[1].Length == 0;
            if (!isSecond && !line[1].Split(',').Contains("memory"))
            {
                continue;
            }

            foreach (var mount in mounts.Where(mount => isSecond ? mount.Type == "cgroup2" : mount.Type == "cgroup" && mount.Options.Contains("memory")))
            {
                for (var below = mount.Below(line[2]); ; below = below[..below.LastIndexOf('/')])
                {
                    yield return mount.Point + below;
                    if (below.Length == 0)
                    {
                        break;
                    }
                }
            }
        }
    }

    private long? ReadLimit(string file)
    {
        if (!File.Exists(root + file))
        {
            return null;
        }

        var text = File.ReadAllText(root + file);
        // Of version 1: with the groups around it, also those that a container does not see.
        if (file.EndsWith("memory.stat", StringComparison.Ordinal))
        {
            text = HierarchicalLimit().Match(text).Groups[1].Value;
        }
        // "max" (version 2) is no number; version 1 writes an absurdly large one instead, above every machine's memory.
        return long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0 ? bytes : null;
    }

    private IEnumerable<string> ReadLines(string file) => File.Exists(root + file) ? File.ReadLines(root + file) : [];

    [GeneratedRegex(@"^hierarchical_memory_limit (\d+)$", RegexOptions.Multiline)]
    private static partial Regex HierarchicalLimit();

    /// <summary>
    /// A file system of control groups. What is mounted may be a part of it: in a container without a namespace of its own, the container's group.
    /// </summary>
    private sealed record Mount(string Root, string Point, string Type, string[] Options)
    {
        // 35 31 0:32 /docker/1a2b /sys/fs/cgroup/memory ro,nosuid shared:9 - cgroup cgroup rw,memory
        public static Mount? Parse(string line)
        {
            var halves = line.Split(" - ", 2);
            if (halves.Length < 2
                || halves[0].Split(' ') is not [_, _, _, var root, var point, ..]
                || halves[1].Split(' ') is not [var type, _, var options, ..])
            {
                return null;
            }

            return new Mount(Unescape(root).TrimEnd('/'), Unescape(point).TrimEnd('/'), type, options.Split(','));
        }

        /// <summary>
        /// Where a group is below the mount's point. One that is not below it cannot be seen there; what the mount begins with may still hold.
        /// </summary>
        public string Below(string group) =>
            group.StartsWith(Root + "/", StringComparison.Ordinal) && !group.Contains("/..", StringComparison.Ordinal) ? group[Root.Length..].TrimEnd('/') : "";

        // The kernel writes a space as \040.
        private static string Unescape(string path) =>
            Escaped().Replace(path, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());
    }

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Escaped();
}
