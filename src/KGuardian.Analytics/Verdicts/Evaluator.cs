using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Verdicts;

/// <summary>
/// Asks an evaluator what policies make of a flow. Only the address that was set is asked: no proxy, no redirect leads elsewhere. Safe for concurrent use.
/// </summary>
internal sealed class Evaluator : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;

    /// <summary>Asks nobody yet.</summary>
    /// <param name="options">Settings <c>Verdicts:*</c>, with an evaluator's address.</param>
    /// <param name="clock">Measures the timeout.</param>
    public Evaluator(VerdictOptions options, TimeProvider clock)
    {
        (_timeout, _clock) = (options.Timeout, clock);
        _url = new Uri($"{options.EvaluatorUrl!.AbsoluteUri.TrimEnd('/')}/evaluate");
        var handler = DirectHttp.CreateHandler(options.Timeout);
        handler.MaxConnectionsPerServer = options.MaxInFlight;
        // A name may come to mean another address.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(1);
        _http = new HttpClient(handler) { MaxResponseContentBufferSize = EvaluatorAnswer.MostBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Asks about a flow, once.</summary>
    /// <exception cref="EvaluatorException">It could not be evaluated.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<EvaluatorAnswer> AskAsync(NewFlow flow, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var body = new ReadOnlyMemoryContent(Write(flow));
            body.Headers.ContentType = Json;
            using var answer = await _http.PostAsync(_url, body, limit.Token);
            return answer.IsSuccessStatusCode
                ? EvaluatorAnswer.Parse(await answer.Content.ReadAsByteArrayAsync(limit.Token))
                : throw new EvaluatorException(EvaluatorFailure.Failed, $"answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new EvaluatorException(EvaluatorFailure.Bad, $"answered with more than {EvaluatorAnswer.MostBytes} bytes, or of headers 64 KiB", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new EvaluatorException(EvaluatorFailure.Failed, $"cannot be asked: {e.GetBaseException().Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EvaluatorException(EvaluatorFailure.Timeout, $"did not answer within Verdicts:Timeout = {_timeout}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static ReadOnlyMemory<byte> Write(NewFlow flow)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            WriteText("srcPodNamespace", flow.SourceNamespace);
            WriteText("srcPodName", flow.SourcePod);
            WriteText("dstPodNamespace", flow.DestinationNamespace);
            WriteText("dstPodName", flow.DestinationPod);
            WriteText("srcIP", flow.SourceIp);
            WriteText("dstIP", flow.DestinationIp);
            if (flow.DestinationPort is { } port)
            {
                json.WriteNumber("dstPort", port);
            }

            WriteText("protocol", flow.Protocol);
            json.WriteString("timestamp", $"{TimestampText.Format(flow.TimeMicros)}Z");
            json.WriteEndObject();

            void WriteText(string name, string? text)
            {
                if (text is not null)
                {
                    json.WriteString(name, text);
                }
            }
        }

        return body.WrittenMemory;
    }
}
