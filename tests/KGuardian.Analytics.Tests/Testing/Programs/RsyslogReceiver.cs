using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using KGuardian.Analytics.Tests.Testing.Network;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>Debian's rsyslog on loopback: what it receives is a line each in a file, the structured data, a bar and the text.</summary>
internal sealed class RsyslogReceiver : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private Process? _process;

    /// <summary>A receiver that does not run.</summary>
    /// <param name="protocol">udp, tcp or tls.</param>
    /// <param name="certificate">Its own; of TLS only.</param>
    /// <param name="authority">PEM of its authority, which clients must have a certificate of.</param>
    public RsyslogReceiver(string protocol, X509Certificate2? certificate = null, string? authority = null)
    {
        var module = protocol == "udp" ? "imudp" : "imtcp";
        var (global, options) = ("", "");
        if (certificate is not null)
        {
            File.WriteAllText(At("ca.pem"), authority);
            File.WriteAllText(At("cert.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(At("key.pem"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            global = $"""
                global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{At("ca.pem")}"
                  defaultNetstreamDriverCertFile="{At("cert.pem")}" defaultNetstreamDriverKeyFile="{At("key.pem")}")
                """;
            options = """ streamDriver.Name="gtls" streamDriver.Mode="1" streamDriver.AuthMode="x509/certvalid" """;
        }

        File.WriteAllText(At("rsyslog.conf"), $$"""
            {{global}}
            global(workDirectory="{{_directory.Path}}" maxMessageSize="64k")
            module(load="{{module}}"{{options}})
            input(type="{{module}}" address="127.0.0.1" port="{{Port}}")
            template(name="line" type="string" string="%structured-data%|%msg%\n")
            action(type="omfile" file="{{At("received")}}" template="line")

            """);
    }

    public int Port { get; } = FixedPort.Choose();

    /// <summary>What it has received: whole lines.</summary>
    public async Task<string[]> ReadAsync()
    {
        if (!File.Exists(At("received")))
        {
            return [];
        }

        await using var file = new FileStream(At("received"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = await reader.ReadToEndAsync();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo("rsyslogd", ["-n", "-f", At("rsyslog.conf"), "-i", At("pid")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        var port = $":{Port:X4} ";
        string[] tables = ["/proc/net/tcp", "/proc/net/udp"];
        await Patience.UntilAsync("rsyslog listens", () => tables.Any(table => File.ReadAllText(table).Contains(port, StringComparison.Ordinal)));
    }

    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            File.Delete(At("pid"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    private string At(string name) => Path.Combine(_directory.Path, name);
}
