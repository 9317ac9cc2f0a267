using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Copying;

/// <summary>Copy-LakebaseDatabase: a database to another server, without files between.</summary>
[Command("Copy-LakebaseDatabase", Writes = true)]
public sealed class CopyDatabaseOperation(LakebaseSession session, CopyDatabaseOptions options) : Operation, ISourcedOperation
{
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public string? SourceName => options.Destination;

    /// <summary>The session that is copied to.</summary>
    public LakebaseSession? Source { get; set; }

    /// <summary>From which sizes on a table is worked on in pieces.</summary>
    internal RestoreLimits Limits { get; init; } = new();

    /// <summary>Reads what the database consists of.</summary>
    internal IDefinitionReader Reader { get; init; } = new CatalogDefinitionReader();

    private PostgresSession Destination => Source is null
        ? throw new LakebaseError(ErrorIds.SessionNotFound, LakebaseErrorKind.NotFound, $"The session '{options.Destination}' to copy to was not opened.")
        { Target = options.Destination, Remedy = "Give -Destination as a session, its name or connection options." }.ToException()
        : PostgresSession.Of(Source);

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        PostgresSession destination = Distinct();
        LiveSource source = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            Restore restore = new(new RestoreRequest(source, options) { Limits = Limits }, destination, new InnerSink());
            await using (restore.ConfigureAwait(false))
            {
                return new OperationPlan(destination.Database, $"Copy {source.Origin.Label}")
                { Steps = await restore.DescribeAsync(cancellationToken).ConfigureAwait(false) };
            }
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        PostgresSession destination = Distinct();
        LiveSource source = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            Restore restore = new(new RestoreRequest(source, options) { Limits = Limits }, destination, sink) { AllowInconsistent = options.AllowInconsistent };
            await using (restore.ConfigureAwait(false))
                await sink.EmitAsync(await restore.RunAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<LiveSource> OpenAsync(CancellationToken cancellationToken) => LiveSource.OpenAsync(
        _session, Reader, new DumpSelection { Schemas = options.Schema ?? [], Tables = options.Table ?? [] }, cancellationToken, Limits);

    /// <summary>The destination, which must be another database than the source unless it goes to other schemas there.</summary>
    private PostgresSession Distinct()
    {
        PostgresSession destination = Destination;
        if ((destination.Host, destination.Port, destination.Database) == (_session.Host, _session.Port, _session.Database) && options.SchemaMap is not { Count: > 0 })
            throw RestoreChecks.Not("Source and destination are the same database", destination.Database, "Give another -Destination, or other schemas with -SchemaMap.");
        return destination;
    }
}
