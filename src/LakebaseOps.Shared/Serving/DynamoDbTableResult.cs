namespace LakebaseOps;

/// <summary>A copy in DynamoDB, as it was found after the command.</summary>
public sealed record DynamoDbTableResult
{
    /// <summary>Name of the table in DynamoDB.</summary>
    public required string DynamoDbTable { get; init; }

    /// <summary>"Installed", "Replaced" (made anew), "Removed" or "Absent".</summary>
    public required string Action { get; init; }

    /// <summary>The mode that reads it: Batch the copy of one table, Wide that of all tables of an entity.</summary>
    public required FeatureMode Mode { get; init; }

    /// <summary>The entity whose key it has; empty when requests have but one.</summary>
    public required string Entity { get; init; }

    /// <summary>The tables whose rows it holds; binds to -Table by property name.</summary>
    public required IReadOnlyList<string> Table { get; init => field = Indexable.Of(value); }

    /// <summary>Hash of the tables' shape it was made for; kept in the catalogue beside it.</summary>
    public required string Shape { get; init; }

    /// <summary>Its items, counted and compared by reading all of it.</summary>
    public long Items { get; init; }

    /// <summary>Times that items left unprocessed were sent again.</summary>
    public long Retries { get; init; }

    /// <summary>What it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Address or region.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
