#include "coverage/syntax/flow.h"

#include <cstddef>

namespace branchlight::syntax {
namespace {

using Part = Clause::Part;

Destination to_line(std::uint32_t line) { return {Destination::Kind::line, line, 0}; }
Destination out_of(std::uint32_t scope) { return {Destination::Kind::leaves_scope, 0, scope}; }

class Solver {
 public:
  Solver(Flow& flow, std::vector<Site>& sites) : flow_(flow), sites_(sites) {}

  void run() {
    for (auto i = flow_.statements.size(); i-- > 0;) gather(flow_.statements[i]);
    summarize(flow_.clauses[0]);
    auto& module = flow_.clauses[0];
    module.reached = module.live = true;
    module.after = out_of(module.scope);
    hand_down(module);
    for (auto& statement : flow_.statements) {
      if (statement.live) give_to_clauses(statement);
    }
    for (auto& clause : flow_.clauses) settle_site(clause);
  }

 private:
  template <class Visit>
  void each_clause(const FlowStatement& statement, Visit visit) {
    for (auto i = statement.first_clause; i != nothing; i = flow_.clauses[i].next) visit(flow_.clauses[i]);
  }

  // Upwards: whether a clause can come to its end, and whether a break gets out of it.
  void summarize(Clause& clause) {
    for (auto i = clause.first; i != nothing && clause.completes; i = flow_.statements[i].next) {
      const auto& statement = flow_.statements[i];
      clause.completes = statement.completes;
      take_jumps(clause, statement);
    }
  }

  static void take_jumps(auto& to, const auto& from) {
    to.may_break |= from.may_break;
    to.may_continue |= from.may_continue;
  }

  void gather(FlowStatement& statement) {
    each_clause(statement, [&](Clause& clause) { summarize(clause); });
    switch (statement.does) {
      case Does::simple:
      case Does::defines: break;
      case Does::returns:
      case Does::raises: statement.completes = false; break;
      case Does::continues:
        statement.completes = false;
        statement.may_continue = true;
        break;
      case Does::breaks:
        statement.completes = false;
        statement.may_break = true;
        break;
      case Does::with_:
        // The context manager may swallow what its body raises, so control can always come out at the end.
        each_clause(statement, [&](const Clause& clause) { take_jumps(statement, clause); });
        break;
      case Does::if_:
      case Does::match_: gather_choice(statement); break;
      case Does::while_:
      case Does::for_: gather_loop(statement); break;
      case Does::try_: gather_try(statement); break;
    }
  }

  void gather_choice(FlowStatement& statement) {
    bool falls_through = true;  // past every test so far
    statement.completes = false;
    each_clause(statement, [&](const Clause& clause) {
      if (!falls_through) return;
      const bool runs = clause.truth != false;
      statement.completes |= runs && clause.completes;
      if (runs) take_jumps(statement, clause);
      if (clause.part == Part::else_ || clause.truth == true) falls_through = false;
    });
    statement.completes |= falls_through;
  }

  void gather_loop(FlowStatement& statement) {
    bool breaks_here = false;
    bool ends = true;  // by its test
    bool else_completes = true;
    each_clause(statement, [&](const Clause& clause) {
      if (clause.part == Part::else_) {
        else_completes = clause.completes;
        if (ends) take_jumps(statement, clause);  // they belong to the loop around this one
      } else {
        ends = clause.truth != true;
        breaks_here = clause.truth != false && clause.may_break;
      }
    });
    statement.completes = breaks_here || (ends && else_completes);
  }

  void gather_try(FlowStatement& statement) {
    bool body_completes = true, handler_completes = false;
    const Clause* finally = nullptr;
    each_clause(statement, [&](const Clause& clause) {
      switch (clause.part) {
        case Part::body:
          body_completes = clause.completes;
          take_jumps(statement, clause);
          break;
        case Part::else_:
          if (body_completes) take_jumps(statement, clause);
          body_completes = body_completes && clause.completes;
          break;
        case Part::finally: finally = &clause; break;
        default: handler_completes |= clause.completes || clause.of_group; take_jumps(statement, clause);
      }
    });
    statement.completes = body_completes || handler_completes;
    if (!finally) return;
    // A finally that does not come to its end swallows every way out that there was.
    if (!finally->completes) statement.completes = statement.may_break = statement.may_continue = false;
    take_jumps(statement, *finally);
  }

  // Downwards: what can run, and where its end leads.
  void hand_down(const Clause& clause) {
    bool live = clause.live;
    for (auto i = clause.first; i != nothing; i = flow_.statements[i].next) {
      flow_.statements[i].live = live;
      live = live && flow_.statements[i].completes;
    }
  }

  Destination entry(const Clause& clause) const {
    return clause.first == nothing ? clause.after : to_line(flow_.statements[clause.first].line);
  }

  Destination after(const FlowStatement& statement) const { return syntax::after(flow_, statement); }

  // Where a return, raise, break or continue goes that stands in this clause. A finally on its way is passed by.
  Destination jump(Does does, std::uint32_t clause) const {
    const auto scope = flow_.clauses[clause].scope;
    while (flow_.clauses[clause].owner != nothing && flow_.clauses[clause].part != Part::definition) {
      const auto& in = flow_.clauses[clause];
      const auto& around = flow_.statements[in.owner];
      const bool loop = (around.does == Does::while_ || around.does == Does::for_) && in.part != Part::else_;
      if (loop && does == Does::breaks) return after(around);
      if (loop && does == Does::continues) return to_line(around.line);
      if (does == Does::raises && around.does == Does::try_ && in.part == Part::body) {
        if (in.next != nothing && flow_.clauses[in.next].part == Part::except)
          return to_line(flow_.clauses[in.next].line);
      }
      clause = around.clause;
    }
    return out_of(scope);
  }

  // Where a finally goes on to whose try never comes to its end: where the try was going.
  Destination onward(const FlowStatement& statement) const {
    return jump(statement.may_break      ? Does::breaks
                : statement.may_continue ? Does::continues
                                         : Does::returns,
                statement.clause);
  }

  // Where a body on its header's own line goes on to.
  Destination past(const Clause& body) const {
    for (auto i = body.first; i != nothing; i = flow_.statements[i].next)
      if (!flow_.statements[i].completes) return jump(flow_.statements[i].does, flow_.statements[i].clause);
    return body.after;
  }

  void give_to_clauses(const FlowStatement& statement) {
    const auto behind = after(statement);
    Clause* finally = nullptr;
    each_clause(statement, [&](Clause& clause) {
      if (clause.part == Part::finally) finally = &clause;
    });
    if (finally) finally->after = statement.completes ? behind : onward(statement);
    const auto behind_try = finally ? entry(*finally) : behind;

    bool reached = true;  // by falling through the tests before
    Clause* body = nullptr;
    each_clause(statement, [&](Clause& clause) {
      clause.reached = clause.live = true;
      switch (statement.does) {
        case Does::if_:
        case Does::match_:
          clause.reached = reached;
          clause.live = reached && clause.truth != false;
          reached = reached && clause.truth != true;
          clause.after = behind;
          break;
        case Does::while_:
        case Does::for_:
          clause.live = reached && clause.truth != false;
          reached = clause.truth != true;
          clause.after = clause.part == Part::else_ ? behind : to_line(clause.line);
          break;
        case Does::try_:
          if (clause.part == Part::body) body = &clause;
          if (clause.part == Part::else_) {
            clause.live = !body || body->completes;
            clause.after = behind_try;
            if (body) body->after = entry(clause);
          } else if (clause.part != Part::finally) {
            clause.after = behind_try;
          }
          break;
        case Does::defines: clause.after = out_of(clause.scope); break;
        default: clause.after = behind;
      }
    });
    each_clause(statement, [&](Clause& clause) { hand_down(clause); });
  }

  void settle_site(const Clause& clause) {
    if (clause.site == nothing) return;
    auto& site = sites_[clause.site];
    const auto no = static_cast<std::size_t>(Arm::no), yes = static_cast<std::size_t>(Arm::yes);
    site.exists[yes] = clause.reached && clause.truth != false;
    site.exists[no] = clause.reached && clause.truth != true;
    // Past a test comes the next clause: its test, or the else's first statement; with none, what follows the whole.
    if (clause.next == nothing) {
      site.leads_to[no] = after(flow_.statements[clause.owner]);
    } else if (const auto& next = flow_.clauses[clause.next]; next.part == Part::else_) {
      site.leads_to[no] = entry(next);
    } else {
      site.leads_to[no] = to_line(next.line);
    }
    site.leads_to[yes] = entry(clause);
    if (site.leads_to[yes] == to_line(clause.line)) {
      const auto beyond = past(clause);
      if (!site.exists[no] || beyond != site.leads_to[no]) site.leads_to[yes] = beyond;
    }
  }

  Flow& flow_;
  std::vector<Site>& sites_;
};

}  // namespace

Destination after(const Flow& flow, const FlowStatement& statement) {
  return statement.next == nothing ? flow.clauses[statement.clause].after
                                   : to_line(flow.statements[statement.next].line);
}

void solve(Flow& flow, std::vector<Site>& sites) { Solver(flow, sites).run(); }

}  // namespace branchlight::syntax
