using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;
using KGuardian.Analytics.Tests.Testing.Network;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>An S3-compatible store on loopback that is not ours (s3rver, of tests/npm). It looks who signed, not how; objects are in a directory.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    /// <summary>Both of its keys.</summary>
    public const string Key = "S3RVER";

    private static readonly string Tools = typeof(S3Server).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(entry => entry.Key == "NpmTools").Value!;

    private readonly TestDirectory _directory = new();
    private readonly int _port = FixedPort.Choose();
    private Process? _process;

    /// <summary>Its bucket, and a prefix in it.</summary>
    public Uri Address => new($"http://127.0.0.1:{_port}/bucket/of exports/");

    /// <summary>What tells the AWS tools, and verbs, where it is and with which keys; <c>s3://bucket/</c> is its bucket then.</summary>
    public (string Name, string Value)[] Environment =>
        [("AWS_ENDPOINT_URL_S3", $"http://127.0.0.1:{_port}"), ("AWS_ACCESS_KEY_ID", Key), ("AWS_SECRET_ACCESS_KEY", Key)];

    /// <summary>Where an object of its bucket is on the disk.</summary>
    public string PathOf(string name) => Directory.EnumerateFiles(Root, name + Suffix, SearchOption.AllDirectories).Single();

    /// <summary>What its bucket has, without the prefix.</summary>
    public string[] Objects => Directory.Exists(Root)
        ? [.. Directory.EnumerateFiles(Root, $"*{Suffix}", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)[..^Suffix.Length])]
        : [];

    private const string Suffix = "._S3rver_object";

    private string Root => Path.Combine(_directory.Path, "bucket");

    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            "node",
            [
                Path.Combine(Tools, "node_modules/s3rver/bin/s3rver.js"), "--directory", _directory.Path, "--address", "127.0.0.1", "--port", $"{_port}",
                "--silent", "--no-vhost-buckets", "--configure-bucket", "bucket",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Patience.UntilAsync("the S3 server listens", async () =>
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", _port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }
}
