using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LakebaseOps.Sandboxes;

/// <summary>One process beyond doubt: an id is used again after its process has ended, an id with its start is not.</summary>
/// <param name="Id">The process id.</param>
/// <param name="Started">When it was started, in whatever form the system tells it exactly.</param>
internal sealed record ProcessStamp(int Id, string Started)
{
    private static readonly string Boot = File.Exists("/proc/sys/kernel/random/boot_id")
        ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";

    /// <summary>This process.</summary>
    public static ProcessStamp Own { get; } = Of(Environment.ProcessId)!;

    /// <summary>True while this very process lives.</summary>
    public bool IsAlive => Of(Id) == this;

    /// <summary>The live process of an id; null when there is none.</summary>
    public static ProcessStamp? Of(int id)
    {
        if (id <= 0)
            return null;
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Process.StartTime goes through the wall clock and so differs a little from reader to reader.
                string stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? null : new ProcessStamp(id, $"{Boot}/{fields[19]}");
            }

            using Process process = Process.GetProcessById(id);
            return process.HasExited
                ? null
                : new ProcessStamp(id, process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
        {
            return null;
        }
        catch (Win32Exception)
        {
            // It lives, but belongs to somebody else.
            return new ProcessStamp(id, "unknown");
        }
    }

    /// <summary>Ends the process at once if it is still this one.</summary>
    public void Kill()
    {
        if (!IsAlive)
            return;
        try
        {
            using Process process = Process.GetProcessById(Id);
            process.Kill();
            process.WaitForExit(5000);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It ended by itself.
        }
    }
}
