using System.Text;
using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.Analytics.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Upstream;

/// <summary>The tee with a real broker beside it.</summary>
public sealed class BrokerTeeTests : IAsyncLifetime
{
    private OldBroker _broker = null!;
    private BrokerClient? _client;
    private BrokerTee? _tee;

    public async ValueTask InitializeAsync() => _broker = await OldBroker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await (_tee?.DisposeAsync() ?? ValueTask.CompletedTask);
        _client?.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Posts_of_a_kind_come_in_their_order_with_the_brokers_own_token()
    {
        Start();

        for (var i = 0; i < 100; i++)
        {
            Offer(PostKind.Pods, i % 2 == 0 ? "/pod/spec" : "/pod/mark_dead", $"{i}");
            Offer(PostKind.Services, "/svc/spec", $"{i}");
        }

        await SentAsync(200);
        string[] numbers = [.. Enumerable.Range(0, 100).Select(i => $"{i}")];
        Assert.Equal(numbers, _broker.Posts.Where(post => post.Path.StartsWith("/pod/", StringComparison.Ordinal)).Select(post => post.Body));
        Assert.Equal(numbers, _broker.Posts.Where(post => post.Path == "/svc/spec").Select(post => post.Body));
        Assert.All(_broker.Posts, post => Assert.Equal("Bearer old-token", post.Token));
        Assert.Equal(0, _tee!.QueuedBytes);
    }

    [Fact]
    public async Task New_flows_of_the_same_batches_are_counted_here_and_there()
    {
        _broker.Answer = context => context.Response.WriteAsync("7");
        Start();

        Offer(PostKind.Traffic, "/pod/traffic/batch", "[]", newFlows: 9);
        Offer(PostKind.Pods, "/pod/mark_dead", "{}");

        await SentAsync(2);
        Assert.Equal((9L, 7L), (_tee!.NewHere, _tee.NewThere));
    }

    [Fact]
    public async Task More_bytes_than_may_wait_are_shed_at_once()
    {
        var release = new TaskCompletionSource();
        _broker.Answer = _ => release.Task;
        Start(mostBytes: 100);
        Offer(PostKind.Traffic, "/pod/traffic/batch", new string('a', 60));
        await Patience.UntilAsync("it is on its way", () => _broker.Posts.Count == 1);

        // Flows leave a quarter to the others; what is on its way counts until it is answered.
        Offer(PostKind.Traffic, "/pod/traffic/batch", new string('d', 16));
        Offer(PostKind.Services, "/svc/spec", new string('b', 41));
        Offer(PostKind.Services, "/svc/spec", new string('c', 40));

        Assert.Equal((1L, 1L, 100L), (Line(PostKind.Traffic).Shed, Line(PostKind.Services).Shed, _tee!.QueuedBytes));
        await Patience.UntilAsync("another kind does not wait for it", () => _broker.Posts.Count == 2);
        release.SetResult();
        await SentAsync(2);
        Assert.Equal(["a", "c"], _broker.Posts.Select(post => post.Body[..1]));
    }

    [Theory]
    [InlineData(StatusCodes.Status503ServiceUnavailable, 3)]
    [InlineData(StatusCodes.Status429TooManyRequests, 3)]
    [InlineData(StatusCodes.Status400BadRequest, 1)]
    [InlineData(StatusCodes.Status307TemporaryRedirect, 1)]
    public async Task Post_that_fails_is_tried_again_where_that_can_help_and_given_up_then(int status, int tries)
    {
        _broker.Answer = context =>
        {
            context.Response.StatusCode = context.Request.Path == "/pod/spec" ? status : StatusCodes.Status200OK;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };
        Start();

        Offer(PostKind.Pods, "/pod/spec", "1");
        Offer(PostKind.Pods, "/pod/mark_dead", "2");

        await SentAsync(1);
        Assert.Equal([.. Enumerable.Repeat("1", tries), "2"], _broker.Posts.Select(post => post.Body));
        Assert.Equal((1L, 0L), (Line(PostKind.Pods).Failed, Line(PostKind.Pods).Shed));
    }

    [Fact]
    public async Task Answer_without_end_is_not_read()
    {
        _broker.Answer = async context =>
        {
            for (var spaces = new byte[64 << 10]; !context.RequestAborted.IsCancellationRequested;)
            {
                await context.Response.Body.WriteAsync(spaces, context.RequestAborted);
            }
        };
        Start();

        Offer(PostKind.Services, "/svc/spec", "1");

        await SentAsync(1);
    }

    [Fact]
    public async Task End_sends_what_waits_and_counts_the_rest()
    {
        Start();
        for (var i = 0; i < 50; i++)
        {
            Offer(PostKind.Traffic, "/pod/traffic/batch", "[]", 0);
        }

        await _tee!.StopAsync(CancellationToken.None);
        Assert.Equal((50L, 0L), (Line(PostKind.Traffic).Sent, Line(PostKind.Traffic).Shed));
        Offer(PostKind.Traffic, "/pod/traffic/batch", "[]", 0);
        Assert.Equal((1L, 0L), (Line(PostKind.Traffic).Shed, _tee.QueuedBytes));
        await _tee.DisposeAsync();
        _client!.Dispose();

        var isAsked = new TaskCompletionSource();
        _broker.Answer = context =>
        {
            isAsked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        Start();
        Offer(PostKind.Traffic, "/pod/traffic/batch", "[]", 0);
        Offer(PostKind.Traffic, "/pod/traffic/batch", "[]", 0);
        await isAsked.Task;
        await _tee.StopAsync(new CancellationToken(canceled: true));
        Assert.Equal((2L, 0L), (Line(PostKind.Traffic).Shed, _tee.QueuedBytes));
    }

    private void Start(long mostBytes = 1 << 20)
    {
        var options = new UpstreamOptions { BrokerUrl = _broker.Url, Token = "old-token", MaxQueuedBytes = mostBytes, Timeout = Patience.Limit };
        _client = new BrokerClient(options, TimeProvider.System);
        _tee = new BrokerTee(options, _client, TimeProvider.System, Meters.New(), NullLogger<BrokerTee>.Instance) { Pause = TimeSpan.FromMilliseconds(1) };
        _tee.Start();
    }

    private void Offer(PostKind kind, string path, string body, int? newFlows = null) => _tee!.Offer(kind, path, Encoding.UTF8.GetBytes(body), newFlows);

    private PostLine Line(PostKind kind) => _tee!.Lines.Single(line => line.Kind == kind);

    private Task SentAsync(long posts) => Patience.UntilAsync($"{posts} posts were taken", () => _tee!.Lines.Sum(line => line.Sent) == posts);
}
