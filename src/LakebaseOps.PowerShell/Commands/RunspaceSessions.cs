using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>The sessions of each runspace: several runbook jobs share one process and must not share a session by accident.</summary>
internal static class RunspaceSessions
{
    private static readonly ConditionalWeakTable<Runspace, SessionRegistry> Registries = [];

    /// <summary>The registry of the runspace that runs this thread.</summary>
    public static SessionRegistry Current => Registries.GetValue(Runspace.DefaultRunspace, Create);

    // A runspace that ends takes its sessions with it, or their connections would stay until the process ends.
    private static SessionRegistry Create(Runspace runspace)
    {
        SessionRegistry registry = new();
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
                _ = Task.Run(async () => await registry.DisposeAsync().ConfigureAwait(false));
        };
        return registry;
    }
}
