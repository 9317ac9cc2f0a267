using System.Diagnostics;

namespace LakebaseOps.Tests.Serving.DynamoDb;

/// <summary>A DynamoDB-compatible server of this machine, in memory, for the tests of one class.</summary>
public sealed class DynaliteServer : IAsyncLifetime
{
    private Process? _node;
    private string? _missing;
    private Uri? _url;

    /// <summary>Its address.</summary>
    public Uri Url
    {
        get
        {
            Assert.SkipWhen(_missing is not null, $"{_missing}: DynamoDB was NOT tested.");
            return _url!;
        }
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _missing = await NodePackage.Dynalite.MissingAsync(TestContext.Current.CancellationToken);
        if (_missing is not null)
            return;
        // It ends with the pipe, whatever becomes of this process.
        _node = NodePackage.Dynalite.Start("node", "-e",
            """
            const server = require('dynalite')({ createTableMs: 0, deleteTableMs: 0 });
            server.listen(0, '127.0.0.1', () => console.log(server.address().port));
            process.stdin.on('end', () => process.exit(0)).resume();
            """);
        string? port = await _node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        _url = port is null ? throw new InvalidOperationException(await _node.StandardError.ReadToEndAsync()) : new Uri($"http://127.0.0.1:{port}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_node is null)
            return;
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }
}
