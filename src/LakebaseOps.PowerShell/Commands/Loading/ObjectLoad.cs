using System.Collections;
using System.Management.Automation;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;

namespace LakebaseOps.Commands;

/// <summary>
/// Hands pipeline objects to a load that runs meanwhile. The first object's properties are the columns of all; when the
/// server falls behind, the pipeline waits.
/// </summary>
/// <param name="operation">The load; null under -WhatIf, then objects are only counted off.</param>
/// <param name="records">The way from here to the load.</param>
/// <param name="output">Receives what the load says.</param>
/// <param name="stop">Cancelled by Ctrl+C.</param>
internal sealed class ObjectLoad(BulkLoadOperation? operation, RecordChannel records, IPumpOutput output, CancellationToken stop) : IDisposable
{
    private const int DrainEvery = 256;

    private readonly Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private OperationPump? _pump;
    private long _count;

    /// <summary>Hands over one object.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: a property that the first object does not have; what the load fails of.</exception>
    public void Add(PSObject item)
    {
        if (operation is null)
            return;
        if (_pump is null)
            Start(item);
        object?[] values = new object?[_names.Count];
        foreach ((string name, object? value) in Properties(item))
        {
            if (!_names.TryGetValue(name, out int at))
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                    $"Object {_count + 1} has the property '{name}' that the first one does not have; it would be lost.")
                { Target = name, Remedy = "Give all objects the same properties, e.g. with Select-Object." }.ToException();
            }

            values[at] = value;
        }

        Wait(() => records.TryAdd(values));
        if (++_count % DrainEvery == 0)
            _pump!.Drain();
    }

    /// <summary>No more objects: waits until all is done.</summary>
    public void Complete()
    {
        if (_pump is null)
            return;
        Wait(records.TryComplete);
        _pump.Complete();
    }

    /// <inheritdoc />
    public void Dispose() => _pump?.Dispose();

    private void Start(PSObject first)
    {
        foreach ((string name, _) in Properties(first))
            _names.Add(name, _names.Count);
        records.Begin([.. _names.Keys]);
        _pump = new OperationPump(operation!, output, stop);
        _pump.Start();
    }

    /// <summary>Tries until it works; meanwhile shows what the load says, and ends with it when it has failed.</summary>
    private void Wait(Func<bool> attempt)
    {
        while (!attempt())
        {
            _pump!.Drain();
            if (_pump.HasEnded)
            {
                _pump.Complete();
                return;
            }

            Task.WhenAny(records.WaitAsync(stop).AsTask(), Task.Delay(100, CancellationToken.None)).GetAwaiter().GetResult();
            stop.ThrowIfCancellationRequested();
        }
    }

    private static IEnumerable<(string Name, object? Value)> Properties(PSObject item)
    {
        if (item.BaseObject is IDictionary entries)
        {
            foreach (DictionaryEntry entry in entries)
                yield return (entry.Key.ToString() ?? "", Plain(entry.Value));
            yield break;
        }

        foreach (PSPropertyInfo property in item.Properties)
        {
            if (property.IsGettable)
                yield return (property.Name, Plain(property.Value));
        }
    }

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
